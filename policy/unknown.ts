/** A place in an object, from its root. */
export type Segments = readonly string[];

/** Fields of a `spec` that policies look at, beside pod templates. */
const SPEC_FIELDS: readonly string[] = [
  ...["selector", "type", "mtls", "host", "trafficPolicy"],
  ...["replicas", "minReplicas", "minAvailable", "maxUnavailable", "scaleTargetRef"],
];

const POD_FIELDS: readonly string[] = ["hostNetwork", "terminationGracePeriodSeconds"];
const CONTAINERS: readonly string[] = ["containers", "initContainers"];
const CONTAINER_FIELDS: readonly string[] = ["name", "image", "args"];

function metadataMatters([field, key]: Segments): boolean {
  if (field === "annotations") {
    return key === undefined || key.includes("istio.io/");
  }
  return field === undefined || ["name", "namespace", "labels"].includes(field);
}

function podMatters([field, index, own]: Segments): boolean {
  if (field !== undefined && CONTAINERS.includes(field)) {
    return index === undefined || own === undefined || CONTAINER_FIELDS.includes(own);
  }
  return field === undefined || POD_FIELDS.includes(field);
}

/**
 * Returns whether a value that is not known before an update is one that policies look at. The address of
 * a database in an environment variable, for example, is none.
 *
 * @param segments the place of the value, from the object's root
 * @example unknownMatters(["spec", "template", "metadata", "labels", "istio.io/rev"]) // true
 */
export function unknownMatters(segments: Segments): boolean {
  const [first] = segments;
  switch (first) {
    case undefined:
      return true;
    case "metadata":
      return metadataMatters(segments.slice(1));
    case "webhooks":
      // istiod writes the CA bundle, and the address of a webhook decides about no pod.
      return segments[2] !== "clientConfig";
    case "spec":
      return specMatters(segments.slice(1));
    default:
      return first === "repositoryOpts" || first === "chart";
  }
}

function specMatters([field, part, ...rest]: Segments): boolean {
  if (field !== "template") {
    return field === undefined || SPEC_FIELDS.includes(field);
  }
  return part === "metadata" ? metadataMatters(rest) : part !== "spec" || podMatters(rest);
}
