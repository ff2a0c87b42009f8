import { durationSeconds } from "../common/duration";

/** A format that texts and numbers of a field must have. */
export interface TextForm {
  readonly reason: string;
  readonly allowed: string;
  accepts(text: string): boolean;
}

const REGISTRY = /^(localhost|[\w-]*[.:][\w.:-]*)$/i;
const REPOSITORY = /^[a-z0-9_./-]*$/;

/** A registry may have upper-case letters and a port. A path in it may not. */
function isHub(hub: string): boolean {
  const [first = "", ...rest] = hub.split("/");
  const path = REGISTRY.test(first) ? rest : [first, ...rest];
  return path.every((part) => REPOSITORY.test(part));
}

const DIGITS = /^\d+$/;
const MAX_PORT = 65_535;

function isPort(text: string, least: number): boolean {
  return DIGITS.test(text) && Number(text) >= least && Number(text) <= MAX_PORT;
}

function isRange(text: string): boolean {
  const [address = "", bits = "", ...rest] = text.split("/");
  const isV6 = address.includes(":");
  const known = isV6
    ? /^[\da-f:.]+$/i.test(address)
    : /^(\d{1,3}\.){3}\d{1,3}$/.test(address) && address.split(".").every((n) => Number(n) < 256);
  return rest.length === 0 && known && DIGITS.test(bits) && Number(bits) <= (isV6 ? 128 : 32);
}

const LABEL = "[a-zA-Z0-9]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?";
const HOST = new RegExp(`^(${LABEL})(\\.${LABEL})*\\.?$`);
const WILDCARD_HOST = new RegExp(`^(\\*|(\\*-?)?${LABEL})(\\.${LABEL})*\\.?$`);
const MAX_DOMAIN = 255;

/**
 * Returns whether a text is the domain of a service. Its first part may be a wildcard or start with
 * one.
 *
 * @example isWildcardHost("*.shop.svc.cluster.local") // true
 */
export function isWildcardHost(host: string): boolean {
  const last = host.split(".").at(-1) ?? "";
  const isNumber = host.includes(".") && /^[+-]?\d+$/.test(last);
  return host.length <= MAX_DOMAIN && WILDCARD_HOST.test(host) && !isNumber;
}

const DOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\.?$/i;
/** The agent replaces this with the node's address. */
const NODE_ADDRESS = "$(HOST_IP)";

function isAddress(text: string): boolean {
  const at = text.lastIndexOf(":");
  const host = text.slice(0, at).replace(NODE_ADDRESS, "127.0.0.1");
  const known = HOST.test(host) || /^\[[\da-f:.]+\]$/i.test(host);
  return at > 0 && known && isPort(text.slice(at + 1), 1);
}

/** Source of the limits: Istio `pkg/config/validation/agent`. */
function duration(least: number, most: number, step: number, allowed: string): TextForm {
  return {
    reason: "is out of range",
    allowed,
    accepts: (text) => {
      const seconds = durationSeconds(text);
      const steps = (seconds ?? 0) / step;
      // A text that is not a duration has the wrong type, which the type check reports.
      return (
        seconds === undefined ||
        (seconds >= least && seconds <= most && Math.abs(steps - Math.round(steps)) < 1e-6)
      );
    },
  };
}

const list = (accepts: (text: string) => boolean) => (text: string) =>
  text.split(",").every(accepts);

const MILLISECOND = 0.001;
const HOUR = 3600;

/** The formats, by name. */
export const TEXT_FORMS = {
  hub: {
    reason: "is not a registry path",
    allowed: "such as docker.io/istio: a path in lower case",
    accepts: isHub,
  },
  namespace: {
    reason: "is not a namespace",
    allowed: "a name in lower case; istio-system if it is left out",
    accepts: (text) => /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(text),
  },
  tag: {
    reason: "is not an image tag",
    allowed: "letters, digits, dots, hyphens and underscores",
    accepts: (text) => /^[\w.-]{1,128}$/.test(text),
  },
  ipRanges: {
    reason: "is not a list of IP ranges",
    allowed: '"*", or ranges such as 10.0.0.0/8, with commas and no spaces',
    accepts: (text) => text === "*" || list(isRange)(text),
  },
  ports: {
    reason: "is not a list of ports",
    allowed: `"*", or ports from 0 to ${MAX_PORT}, with commas and no spaces`,
    accepts: list((port) => port === "" || port === "*" || isPort(port, 0)),
  },
  port: {
    reason: "is not a port",
    allowed: `1 to ${MAX_PORT}`,
    accepts: (text) => isPort(text, 1),
  },
  address: {
    reason: "is not an address",
    allowed: "HOST:PORT",
    accepts: isAddress,
  },
  trustDomain: {
    reason: "is not a trust domain",
    allowed: "a domain such as cluster.local",
    accepts: (text) => DOMAIN.test(text),
  },
  connectTimeout: duration(MILLISECOND, HOUR, MILLISECOND, "1ms to 1h, in whole milliseconds"),
  drainDuration: duration(MILLISECOND, Number.MAX_VALUE, 1, "whole seconds, at least 1s"),
} satisfies Readonly<Record<string, TextForm>>;
