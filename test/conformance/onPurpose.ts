import semver from "semver";
import type { Json } from "../../mesh/common/json";
import type { Difference } from "./compare";

/** A difference that is meant, and why. Nothing else may differ. */
export interface OnPurpose {
  readonly reason: string;
  /** The first version whose istioctl does as we do. @default no version does */
  readonly below?: string;
  covers(difference: Difference): boolean;
}

/** Whether a version is before another one, or there is no other one. */
export function isBelow(version: string, other: string | undefined): boolean {
  return other === undefined || semver.lt(version, other);
}

/** One side refuses an input with these words, the other one takes it. */
function onlyRefusal(side: "ours" | "theirs", words: RegExp): OnPurpose["covers"] {
  return (difference) =>
    difference.title === "refusal" &&
    typeof difference[side] === "string" &&
    words.test(String(difference[side]));
}

/** The tag of the input that shows it, as a text and as istioctl reads it. */
const withoutLastZero = (value: Json | undefined) =>
  JSON.stringify(value)?.replace(/\\?"7\.70\\?"|7\.70/g, "7.7");

/** A JSON text with its quoted booleans as booleans. */
const withoutQuotes = (value: Json | undefined) =>
  typeof value === "string" ? value.replace(/"(true|false)"/g, "$1") : value;

/** Go's text for nothing, as it stands in a field or inside a JSON text. */
const isNil = (value: Json | undefined) => /<nil>|u003cnil/.test(JSON.stringify(value) ?? "");

export const ON_PURPOSE: readonly OnPurpose[] = [
  {
    reason: "istioctl creates namespaces itself and prints none; ours are resources",
    covers: ({ title, path, theirs }) =>
      title.startsWith("Namespace ") && path === "" && theirs === undefined,
  },
  {
    reason: "the mtls-mode annotation is ours; istioctl has no way to ask for the policy",
    covers: ({ title, path, theirs }) =>
      title === "PeerAuthentication istio-system/default" && path === "" && theirs === undefined,
  },
  {
    reason: "istiod turns failurePolicy from Ignore to Fail itself (istio#57643)",
    covers: ({ title, path, ours }) =>
      title.startsWith("ValidatingWebhookConfiguration ") &&
      /^webhooks\/\d+\/failurePolicy$/.test(path) &&
      ours === undefined,
  },
  {
    reason:
      "istioctl trims documents before it reads them: a text at the end loses its last newline",
    covers: ({ title, path, ours, theirs }) =>
      title.startsWith("ValidatingAdmissionPolicy ") &&
      /^spec\/validations\/\d+\/expression$/.test(path) &&
      ours === `${theirs}\n`,
  },
  {
    reason: "istioctl reads the tag of a component as a number: 7.70 becomes 7.7, another image",
    covers: ({ ours, theirs }) =>
      JSON.stringify(ours)?.includes("7.70") === true &&
      withoutLastZero(ours) === withoutLastZero(theirs),
  },
  {
    reason: "an object that the API server would refuse is refused here; istioctl prints it",
    covers: onlyRefusal("ours", /the API server would refuse/),
  },
  {
    reason:
      "a certificate authority that the version's proxies do not know: none of them would start",
    covers: onlyRefusal("ours", /no proxy would start/),
  },
  {
    reason: "a tracer that keeps every proxy outside Google Cloud from starting",
    covers: onlyRefusal("ours", /keeps every proxy outside Google Cloud from starting/),
  },
  {
    reason: "telemetry for Google Cloud that reaches nobody",
    covers: onlyRefusal("ours", /Istio dropped its exporters to Google Cloud in 1\.23/),
  },
  {
    reason: "the profiles for Google Cloud are ours",
    covers: onlyRefusal("theirs", /profile "(asm-[a-z-]+)" not found/),
  },
  {
    reason: "defaultRevision is a field of the spec here; istioctl has only the value",
    covers: onlyRefusal("theirs", /unknown field "defaultRevision"/),
  },
  {
    reason: "quoted booleans and numbers, common in files written by hand, are read with a warning",
    covers: onlyRefusal(
      "theirs",
      /cannot unmarshal string into Go (value|struct field .*) of type (bool|u?int\d+|float64)$/m,
    ),
  },
  {
    reason: "a quoted boolean where istioctl checks no types: read as it is meant, with a warning",
    covers: ({ title, ours, theirs }) =>
      title.startsWith("ConfigMap ") && withoutQuotes(ours) === withoutQuotes(theirs),
  },
  {
    reason: "a sampling that is no number: istiod would not read it",
    covers: onlyRefusal("ours", /traceSampling: has the wrong type \(got "NaN"\)/),
  },
  {
    reason: "istioctl loses the value of a setting that holds an equals sign",
    below: "1.31.0",
    covers: ({ title, theirs }) =>
      title.startsWith("ConfigMap ") && String(theirs).includes("accessLogFormat=a=b"),
  },
  {
    reason: "a patch that fits nothing: istioctl drops it in silence",
    covers: onlyRefusal("ours", /does not select an item|no list item matches/),
  },
  {
    reason: "hub or tag with nothing behind it: istioctl takes it for the text <nil>",
    covers: ({ ours, theirs }) => isNil(theirs) && !isNil(ours),
  },
  {
    reason: "a block or a list with nothing behind it: istioctl breaks",
    covers: onlyRefusal(
      "theirs",
      /interface \{\} is nil|nil pointer evaluating|cannot unmarshal string into Go value of type map/,
    ),
  },
  {
    reason: "an imagePullPolicy that Kubernetes has not",
    covers: onlyRefusal("ours", /imagePullPolicy: is unknown/),
  },
  {
    reason: "no namespace for the control plane: istioctl prints half of its objects without one",
    covers: onlyRefusal("ours", /istioNamespace: is not a namespace/),
  },
  {
    reason: "a gateway without a name: istioctl prints objects without one, which no cluster takes",
    covers: onlyRefusal("ours", /Gateways\[\d+\]\.name: is missing/),
  },
];
