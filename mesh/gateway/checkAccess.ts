import { isIP } from "node:net";
import type { GatewayInputs } from "../model/gatewayInputs";
import type { InputProblem } from "../schema/checkInputs";

/** CIDR blocks such as 10.0.0.0/8. The API server refuses a Service with anything else. */
function checkRanges(path: string, ranges: readonly string[]): InputProblem[] {
  return ranges.flatMap((range, index) => {
    const [address = "", bits = "", ...more] = range.split("/");
    const most = { 4: 32, 6: 128 }[isIP(address)] ?? -1;
    const isBlock = /^\d{1,3}$/.test(bits) && Number(bits) <= most && more.length === 0;
    return isBlock
      ? []
      : [
          {
            path: `${path}[${index}]`,
            value: range,
            reason: "is no CIDR block",
            allowed: "ADDRESS/BITS, such as 203.0.113.0/24",
            fix:
              isIP(range) === 0
                ? "write the block of the clients"
                : `write "${range}/${isIP(range) === 4 ? 32 : 128}" for this one client`,
          },
        ];
  });
}

/** Who can reach the load balancer, said once. */
export function checkAccess(inputs: GatewayInputs): InputProblem[] {
  const { service = {}, eastWest } = inputs;
  const ranges = checkRanges(
    "service.loadBalancerSourceRanges",
    service.loadBalancerSourceRanges ?? [],
  );
  const access = eastWest?.access;
  if (access === undefined) {
    return ranges;
  }
  const path = "eastWest.access";
  const other = (["internal", "loadBalancerSourceRanges"] as const).filter(
    (field) => service[field] !== undefined,
  );
  const found: (InputProblem | false)[] = [
    other.length > 0 && {
      path,
      value: access,
      reason: `says what ${other.map((field) => `service.${field}`).join(" and ")} says too`,
      fix: `leave out ${other.map((field) => `service.${field}`).join(" and ")}, or ${path}`,
    },
    Array.isArray(access) &&
      access.length === 0 && {
        path,
        value: access,
        reason: "is an empty list, which would admit everyone",
        fix: "name the clients' CIDR blocks, or write `access: public`",
      },
  ];
  return [
    ...ranges,
    ...found.filter((one) => one !== false),
    ...(typeof access === "string" ? [] : checkRanges(path, access)),
  ];
}
