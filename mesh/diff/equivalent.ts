import type { Json } from "../common/json";

const QUANTITY = /^([+-]?\d+(?:\.\d+)?)(m|[kMGTPE]i?|Ki)?$/;

const FACTORS: Readonly<Record<string, number>> = {
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/**
 * Parses a Kubernetes quantity.
 *
 * @example quantity("2000m") // 2
 */
export function quantity(value: Json | undefined): number | undefined {
  const [, digits, unit] = QUANTITY.exec(String(value)) ?? [];
  return digits === undefined
    ? undefined
    : Number(digits) * (unit === undefined ? 1 : (FACTORS[unit] as number));
}

const IN_RESOURCES = /\.resources\.(limits|requests)\.[^.]+$/;
const ENV_VALUE = /\.env\[[^\]]*\]\.value$/;

const isBlank = (value: Json | undefined) => value === undefined || value === "";

/**
 * Returns whether two values of a field mean the same to Kubernetes. The API server stores some
 * values in another form: quantities (`2000m` and `2`), and variables without a value.
 */
export function isEquivalent(path: string, from: Json | undefined, to: Json | undefined): boolean {
  if (IN_RESOURCES.test(path)) {
    const amount = quantity(from);
    return amount !== undefined && amount === quantity(to);
  }
  return ENV_VALUE.test(path) && isBlank(from) && isBlank(to);
}
