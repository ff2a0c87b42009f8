import { isObject, type Json, type JsonObject } from "../common/json";

/** The result for a value. */
type Rewrite = (value: Json) => Json;

const keep: Rewrite = (value) => value;

interface MapRules {
  /** Fields that are removed from the map if they are null. */
  readonly dropsNull: (key: string) => boolean;
  /** How the values of single fields are handled. */
  readonly fields?: Readonly<Record<string, Rewrite>>;
  /** How the values of all other fields are handled. */
  readonly others?: Rewrite;
}

function mapOf({ dropsNull, fields = {}, others = keep }: MapRules): Rewrite {
  const rewriteOf = (key: string) => (Object.hasOwn(fields, key) ? fields[key] : others) ?? keep;
  return (value) =>
    isObject(value)
      ? Object.fromEntries(
          Object.entries(value)
            .filter(([key, child]) => child !== null || !dropsNull(key))
            .map(([key, child]) => [key, rewriteOf(key)(child)]),
        )
      : value;
}

/** A map in which no field may be null. */
function fieldsOf(fields: Readonly<Record<string, Rewrite>>, others = keep): Rewrite {
  return mapOf({ dropsNull: () => true, fields, others });
}

/** A map in which only these blocks may not be null. */
function blocksOf(
  names: readonly string[],
  fields: Readonly<Record<string, Rewrite>> = {},
): Rewrite {
  return mapOf({ dropsNull: (key) => names.includes(key), fields });
}

function entriesOf(rewrite: Rewrite): Rewrite {
  return (value) =>
    Array.isArray(value) ? value.filter((item) => item !== null).map(rewrite) : value;
}

/** Removes entries that are null, and leaves the others unchanged. */
const LIST = entriesOf(keep);

/** A null of a setting itself is kept, because it removes a field that the chart renders. */
const K8S = blocksOf([], {
  env: LIST,
  tolerations: LIST,
  volumes: LIST,
  volumeMounts: LIST,
  overlays: entriesOf(fieldsOf({ patches: LIST })),
});

const COMPONENT = fieldsOf({ label: fieldsOf({}), k8s: K8S });
const GATEWAYS = entriesOf(COMPONENT);

/**
 * Blocks of values that charts read without checking whether they exist. A null there makes Helm
 * fail, or has no effect. It never removes a single default.
 *
 * Source: Istio `operator/pkg/apis/values_types.proto` (Values)
 */
const BLOCKS: readonly string[] = [
  "base",
  "cni",
  "experimental",
  "gateways",
  "global",
  "istioCni",
  "istio_cni",
  "istiodRemote",
  "meshConfig",
  "pilot",
  "sidecarInjectorWebhook",
  "telemetry",
  "ztunnel",
];

const VALUES = blocksOf(BLOCKS, { global: blocksOf(["proxy"]) });

const DOCUMENT = fieldsOf({
  metadata: fieldsOf({}),
  spec: fieldsOf({
    values: VALUES,
    unvalidatedValues: VALUES,
    components: fieldsOf({ ingressGateways: GATEWAYS, egressGateways: GATEWAYS }, COMPONENT),
  }),
});

/**
 * Returns an IstioOperator document without empty fields and list entries, which remain when lines
 * are commented out. YAML reads them as null. They are treated as absent, so that the values of
 * lower layers are kept.
 *
 * A null has a meaning, and is kept, in three places:
 *
 * - in the blocks of `values` and `unvalidatedValues` (except for `global.proxy`), and in
 *   `meshConfig`: Helm removes the chart's default
 * - a setting of `k8s` and everything below it: the field is removed from the rendered object
 * - the `value` of a patch of `k8s.overlays`: the same, at the patch's path
 *
 * istioctl differs: it prints `<nil>` for an empty `hub`, `tag` or `revision`, loses the profile's
 * settings of an empty component or of empty values, and fails at an empty list.
 *
 * @example
 * withoutEmptyFields({ spec: { hub: null, components: { pilot: null, cni: { enabled: true } } } })
 * // { spec: { components: { cni: { enabled: true } } } }
 */
export function withoutEmptyFields(document: JsonObject): JsonObject {
  return DOCUMENT(document) as JsonObject;
}
