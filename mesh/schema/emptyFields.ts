import { isObject, type Json, type JsonObject } from "../common/json";

/** What stands in place of a value. */
type Rewrite = (value: Json) => Json;

const keep: Rewrite = (value) => value;

interface MapRules {
  /** Fields that a null takes out of the map. */
  readonly dropsNull: (key: string) => boolean;
  /** What stands below single fields. */
  readonly fields?: Readonly<Record<string, Rewrite>>;
  /** What stands below all others. */
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

/** Without the entries that are null; what stands in an entry stays as it is. */
const LIST = entriesOf(keep);

/** A null of a setting itself stays: it takes a field away from what the chart renders. */
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
 * Blocks of values that charts read without asking whether they are there. A null there ends Helm, or
 * does nothing, and takes no single default away.
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
 * An IstioOperator document without the fields and list entries that nothing stands behind, as they
 * are left over when lines are commented out. YAML reads these as null; here they are as if they were
 * absent, so that what lower layers say stays.
 *
 * A null means something, and stays, in three places:
 *
 * - in the blocks of `values` and `unvalidatedValues` (but for `global.proxy`), and in `meshConfig`:
 *   Helm takes the chart's default away
 * - a setting of `k8s` and what stands below it: the field goes from the rendered object
 * - the `value` of a patch of `k8s.overlays`: the same, at the patch's path
 *
 * istioctl differs: it prints `<nil>` for an empty `hub`, `tag` or `revision`, loses what the profile
 * says of an empty component or of empty values, and ends at an empty list.
 *
 * @example
 * withoutEmptyFields({ spec: { hub: null, components: { pilot: null, cni: { enabled: true } } } })
 * // { spec: { components: { cni: { enabled: true } } } }
 */
export function withoutEmptyFields(document: JsonObject): JsonObject {
  return DOCUMENT(document) as JsonObject;
}
