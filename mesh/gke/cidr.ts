import { isIPv4 } from "node:net";

const BITS = 32;

function asNumber(address: string): number {
  return address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}

/**
 * Returns what is wrong with an IPv4 range, or `undefined` if nothing is.
 *
 * @param size the required length of its prefix @default any
 * @example checkCidr("172.16.0.1/28") // "is not the first address of its range"
 */
export function checkCidr(range: string, size?: number): string | undefined {
  const [address = "", prefix = "", ...more] = range.split("/");
  const bits = Number(prefix);
  if (!isIPv4(address) || more.length > 0 || !/^\d{1,2}$/.test(prefix) || bits > BITS) {
    return "is not an IPv4 range";
  }
  if (asNumber(address) % 2 ** (BITS - bits) !== 0) {
    return "is not the first address of its range";
  }
  return size === undefined || bits === size ? undefined : `is not a /${size}`;
}
