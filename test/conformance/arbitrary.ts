import fc from "fast-check";
import type { Json, JsonObject } from "../../mesh/common/json";
import { type TypeTable, typeTable } from "../../mesh/schema/typeTable";
import { type Case, overlayOf } from "./cases";

type Any = fc.Arbitrary<Json>;

const text: Any = fc.constantFrom<Json>("", "a", "b-1", "example.com/x", "1.5", "true", "007");
const count: Any = fc.constantFrom<Json>(0, 1, 2, 7, 1024, 15021);

/** Values that each scalar type takes, falsy ones among them. */
const SCALARS: Readonly<Record<string, Any>> = {
  any: fc.oneof(text, count, fc.boolean() as Any),
  object: fc.oneof(
    fc.constant<Json>({}),
    fc.constant<Json>({ a: "b" }),
    fc.constant<Json>({ c: { d: 1 } }),
  ),
  bool: fc.boolean() as Any,
  string: text,
  bytes: fc.constant("YQ=="),
  double: fc.constantFrom<Json>(0, 0.5, 100),
  doubleOrText: fc.constantFrom<Json>(0, 0.5, 100, "1.25"),
  duration: fc.constantFrom<Json>("1s", "1m30s", "0.5s"),
  intOrString: fc.constantFrom<Json>(0, 1, "25%", "http"),
  quantity: fc.constantFrom<Json>("100m", "1Gi", 2),
};

/** Fields below this many levels are left out, and of a type no more than so many are given. */
const MAX_DEPTH = 5;
const MAX_FIELDS = 2;

/** Fields whose type says less than what they may hold. */
const FIELDS: Readonly<Record<string, Any>> = {
  imagePullPolicy: fc.constantFrom<Json>("Always", "Never", ""),
  ecdhCurves: fc.constant<Json>([]),
  ecdh_curves: fc.constant<Json>(null),
  hosts: fc.constantFrom<Json>([], ["*.example.com"]),
  failover: fc.constant<Json>([{ from: "a", to: "b" }]),
  distribute: fc.constant<Json>([{ from: "a/*", to: { "a/*": 80, "b/*": 20 } }]),
  tlsSettings: fc.constantFrom<Json>({}, { mode: "ISTIO_MUTUAL" }),
  tls_settings: fc.constant<Json>({}),
  address: fc.constantFrom<Json>("", "a.b:80", "1.2.3.4:1"),
  // Without one, charts leave the namespace out, and Pulumi's provider fills in the release's.
  istioNamespace: fc.constantFrom<Json>("istio-system", "mesh"),
  // istioctl ends with a panic on anything but a map.
  ztunnel: fc.constantFrom<Json>({}, { resourceName: "z", env: { A: "b" } }),
};

function ofFields(fields: Readonly<Record<string, string>>, table: TypeTable, depth: number): Any {
  const names = Object.keys(fields);
  return fc
    .subarray(names, { maxLength: Math.min(MAX_FIELDS, names.length) })
    .chain((chosen) =>
      fc.record(
        Object.fromEntries(
          chosen.map((name) => [name, FIELDS[name] ?? ofType(fields[name] ?? "", table, depth)]),
        ),
      ),
    ) as Any;
}

/** Any value that a type of the table takes. */
function ofType(type: string, table: TypeTable, depth = 0): Any {
  const [, kind, item] = /^(list|map)<(.*)>$/.exec(type) ?? [];
  if (item !== undefined) {
    const items = ofType(item, table, depth + 1);
    return kind === "list"
      ? (fc.array(items, { maxLength: 2 }) as Any)
      : (fc.dictionary(fc.constantFrom("a", "b.c/d"), items, {
          maxKeys: 2,
          noNullPrototype: true,
        }) as Any);
  }
  const scalar = SCALARS[type] ?? (/^u?int/.test(type) ? count : undefined);
  if (scalar !== undefined) {
    return scalar;
  }
  const names = table.enums[type];
  if (names !== undefined) {
    return fc.constantFrom<Json>(...names);
  }
  const fields = table.types[type];
  return fields === undefined || depth >= MAX_DEPTH
    ? fc.constant({})
    : ofFields(fields, table, depth + 1);
}

const PATCHES: Any = fc.constantFrom<Json>(
  { path: "spec.replicas", value: 0 },
  { path: "spec.template.spec.containers[0].image", value: "x" },
  { path: "spec.template.spec.containers.[name:discovery].args.[-1]", value: "--x" },
  { path: "spec.template.spec.containers.[name:discovery].env.[name:REVISION]" },
  { path: "metadata.labels.a\\.b/c", value: "d" },
  { path: "spec.strategy" },
);

const PATCHED: Any = fc.record({
  kind: fc.constantFrom("Deployment", "Service", "ServiceAccount"),
  name: fc.constantFrom("istiod", "istiod-canary", "istio-ingressgateway"),
  patches: fc.array(PATCHES, { maxLength: 3 }),
}) as Any;

/** Some of the fields, each in three of four cases. */
function some(fields: Readonly<Record<string, Any>>): Any {
  return fc.record(fields as Record<string, Any>, { requiredKeys: [] }) as Any;
}

function k8sOf(table: TypeTable): Any {
  const name = Object.keys(table.types).find((type) => type.endsWith("KubernetesResources"));
  const { overlays: _, ...fields } = table.types[name ?? ""] ?? {};
  return fc
    .tuple(ofFields(fields, table, 1), fc.option(fc.array(PATCHED, { maxLength: 2 }), { nil: [] }))
    .map(([settings, overlays]) => ({
      ...(settings as JsonObject),
      ...(overlays.length > 0 && { overlays }),
    })) as Any;
}

const image = {
  hub: fc.constantFrom<Json>("", "example.com/h"),
  tag: fc.constantFrom<Json>("t1", 7, ""),
};

function componentsOf(table: TypeTable): Any {
  const enabled: Any = fc.boolean() as Any;
  const k8s = k8sOf(table);
  const namespace: Any = fc.constantFrom<Json>("", "other");
  const one = some({ enabled, namespace, k8s, ...image });
  const gateways = (...names: readonly string[]) =>
    fc.uniqueArray(
      fc
        .tuple(
          fc.constantFrom(...names),
          some({ enabled, namespace, k8s, ...image, label: fc.constantFrom<Json>({}, { a: "b" }) }),
        )
        .map(([name, rest]) => ({ name, ...(rest as JsonObject) })),
      { maxLength: 2, selector: ({ name }) => name },
    ) as Any;
  return some({
    base: some({ enabled }),
    pilot: one,
    cni: one,
    ztunnel: one,
    ingressGateways: gateways("istio-ingressgateway", "in"),
    egressGateways: gateways("istio-egressgateway", "out"),
  });
}

function specOf(table: TypeTable): Any {
  return some({
    hub: fc.constantFrom<Json>("docker.io/other", ""),
    tag: fc.constantFrom<Json>("x", "1.10", 5),
    revision: fc.constantFrom<Json>("canary", ""),
    profile: fc.constantFrom<Json>("default", "demo", "ambient", "minimal", "remote", "empty"),
    compatibilityVersion: fc.constantFrom<Json>("1.26", "1.27", ""),
    components: componentsOf(table),
    meshConfig: ofType(table.roots.meshConfig, table, 1),
    values: ofType(table.roots.values, table),
    unvalidatedValues: fc.constantFrom<Json>({}, { pilot: { image: "other" } }),
  });
}

const SETTINGS = fc.constantFrom(
  "revision=canary",
  "values.pilot.traceSampling=50",
  "values.global.proxy.privileged=true",
  "components.pilot.k8s.replicaCount=0",
  "components.cni.enabled=true",
  "meshConfig.defaultConfig.proxyMetadata.A=1",
  "values.global.platform=gke",
  "values.gateways.istio-ingressgateway.enabled=true",
);

/** Any input that the types of a version allow: overlays on top of each other, and settings. */
export function anyCase(version: string): fc.Arbitrary<Case> {
  const specs = fc.array(specOf(typeTable(version)), { minLength: 1, maxLength: 2 });
  return fc.tuple(specs, fc.uniqueArray(SETTINGS, { maxLength: 2 })).map(([overlays, set]) => ({
    name: "random",
    overlays: overlays.map((spec) => overlayOf(spec as JsonObject)),
    set,
  }));
}
