import { isObject, type Json } from "../common/json";
import { joinPath } from "../common/propertyPath";

function walk(path: string, value: Json): string[] {
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => walk(`${path}[${index}]`, item));
  }
  if (isObject(value)) {
    return Object.entries(value).flatMap(([key, item]) => walk(joinPath(path, key), item));
  }
  return [`${path}=${JSON.stringify(value)}`];
}

/**
 * Returns a document as sorted `path=value` settings, as istioctl printed them. Texts are in
 * quotes.
 *
 * @example
 * toFlags({ components: { base: { enabled: true } } }) // ["components.base.enabled=true"]
 * @see Istio 1.23 `operator/cmd/mesh/profile-dump.go` (yamlToFlags)
 */
export function toFlags(value: Json): string[] {
  return walk("", value).sort();
}
