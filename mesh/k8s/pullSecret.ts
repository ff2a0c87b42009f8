import { isObject, type Json, type JsonObject } from "../common/json";
import { type ImageReference, repositoryOf } from "./imageReference";

/** What the kubelet reads from a Secret for pulling images, or why it reads nothing. */
export type PullSecret =
  /** The registries that it has credentials for, as the Secret names them. */
  { readonly kind: "credentials"; readonly registries: readonly string[] } | Unusable;

interface Unusable {
  readonly kind: "unusable";
  readonly reason: string;
}

/** The types of such Secrets, with the key of their content. */
const CONTENT_KEYS: Readonly<Record<string, string>> = {
  "kubernetes.io/dockerconfigjson": ".dockerconfigjson",
  "kubernetes.io/dockercfg": ".dockercfg",
};

const unusable = (reason: string): Unusable => ({ kind: "unusable", reason });

function decoded(text: Json | undefined): Json | undefined {
  try {
    return JSON.parse(Buffer.from(String(text ?? ""), "base64").toString("utf8")) as Json;
  } catch {
    return undefined;
  }
}

const isText = (value: Json | undefined) => typeof value === "string" && value !== "";

function hasCredentials(entry: Json): boolean {
  return isObject(entry) && (isText(entry.auth) || isText(entry.username));
}

/**
 * Reads a Secret as the kubelet does.
 *
 * @example
 * readPullSecret({ type: "Opaque" }) // { kind: "unusable", reason: "is of type Opaque" }
 * @see Kubernetes `pkg/credentialprovider/secrets`
 */
export function readPullSecret({ type, data }: JsonObject): PullSecret {
  const key = CONTENT_KEYS[String(type)];
  if (key === undefined) {
    return unusable(`is of type ${type ?? "Opaque"}`);
  }
  const content = decoded(isObject(data) ? data[key] : undefined);
  const auths = isObject(content) && key === ".dockerconfigjson" ? content.auths : content;
  if (!isObject(auths)) {
    return unusable(`holds no JSON with credentials under ${key}`);
  }
  const entries = Object.entries(auths).filter(([, entry]) => hasCredentials(entry));
  return { kind: "credentials", registries: entries.map(([registry]) => registry) };
}

interface Address {
  readonly hostParts: readonly string[];
  readonly port: string;
  readonly path: string;
}

function addressOf(text: string): Address {
  const [host = "", ...path] = text.split("/");
  const [, name = host, port = ""] = /^(.*):(\d+)$/.exec(host) ?? [];
  return { hostParts: name.split("."), port, path: path.join("/") };
}

/** Removes the scheme. Docker's `/v1/` and `/v2/` mean the whole host. */
function plainRegistry(registry: string): string {
  return registry
    .replace(/^https?:\/\//, "")
    .replace(/\/v[12]\//, "/")
    .replace(/\/$/, "");
}

/** `*` and `?` match characters within one part of a host. */
function matchesPart(pattern: string, part: string): boolean {
  const source = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*");
  return new RegExp(`^${source.replaceAll("?", ".")}$`).test(part);
}

const DOCKER_HUB = "docker.io";
const DOCKER_HUB_ENTRY = "index.docker.io";

/**
 * Returns whether an entry of a Secret applies to an image: by host and port, and by the beginning
 * of the path.
 *
 * @example coversImage("*.pkg.dev", parseReference("europe-docker.pkg.dev/shop/pilot:1")) // false: other parts
 * @see Kubernetes `pkg/credentialprovider` (URLsMatch)
 */
export function coversImage(registry: string, image: ImageReference): boolean {
  const entry = plainRegistry(registry);
  if (image.registry === DOCKER_HUB && entry === DOCKER_HUB_ENTRY) {
    return true;
  }
  const [pattern, wanted] = [addressOf(entry), addressOf(repositoryOf(image))];
  return (
    pattern.port === wanted.port &&
    pattern.hostParts.length === wanted.hostParts.length &&
    pattern.hostParts.every((part, index) => matchesPart(part, wanted.hostParts[index] ?? "")) &&
    wanted.path.startsWith(pattern.path)
  );
}
