import fc from "fast-check";
import type { GatewayInputs, GatewayRevisionInputs } from "../../../mesh/model/gatewayInputs";
import type { NamespaceInputs } from "../../../mesh/model/namespaceInputs";
import { revisionOf } from "../../../mesh/model/revision";
import type { ServiceMeshInputs } from "../../../mesh/model/serviceMeshInputs";
import type { UpgradePolicy } from "../../../mesh/model/upgradeInputs";
import { minorFacts } from "../../../mesh/model/versions";
import { OLD, PREVIOUS } from "../../../toolchain/versions";

/** A release of the minor before that of `PREVIOUS`. */
function beforePrevious(): string {
  const [major, minor] = PREVIOUS.split(".").map(Number);
  return minorFacts(`${major}.${(minor ?? 0) - 1}.0`).from;
}

/** A version that is two minors older than the newest one. */
export const THIRD_VERSION = beforePrevious();
export const THIRD = revisionOf(THIRD_VERSION);

/** The control planes of a mesh: its inputs, and the names that others may use for them. */
interface Planes {
  readonly inputs: ServiceMeshInputs;
  readonly names: readonly string[];
}

const PLANES: readonly Planes[] = [
  { inputs: { version: PREVIOUS, revision: OLD }, names: [OLD] },
  { inputs: { version: PREVIOUS, revisions: [{ revision: OLD }] }, names: [OLD] },
  {
    inputs: {
      version: PREVIOUS,
      revisions: [
        {
          revision: OLD,
          version: PREVIOUS,
          tag: `${PREVIOUS}-distroless`,
          set: ["values.pilot.traceSampling=1"],
        },
      ],
    },
    names: [OLD],
  },
  { inputs: { version: PREVIOUS }, names: ["default"] },
  {
    inputs: {
      version: PREVIOUS,
      revisions: [
        { revision: OLD },
        { revision: THIRD, version: THIRD_VERSION, tag: THIRD_VERSION },
      ],
    },
    names: [OLD, THIRD],
  },
];

const TAGS = ["stable", "canary"];

function revisionsOf(
  names: readonly string[],
  isOne: boolean,
): fc.Arbitrary<GatewayRevisionInputs[]> {
  const one = fc
    .record({ revision: fc.constantFrom(...names), weight: fc.constantFrom(undefined, 100, 7) })
    .map(({ revision, weight }) => [{ revision, ...(weight !== undefined && { weight }) }]);
  const several = fc
    .tuple(
      fc.shuffledSubarray([...names], { minLength: 1, maxLength: Math.min(2, names.length) }),
      fc.integer({ min: 1, max: 9 }),
    )
    .map(([own, weight]) =>
      own.map((revision, index) => ({ revision, weight: weight + 7 * index })),
    );
  return isOne ? one : fc.oneof(one, several);
}

const sizes = fc.oneof(
  fc.constantFrom<Partial<GatewayInputs>>({}, { autoscaling: { minReplicas: 2, maxReplicas: 5 } }),
  fc.integer({ min: 2, max: 10 }).map((replicas) => ({ replicas })),
);

/** A gateway of several pods, because of one pod there are no shares. */
function gatewayAt(index: number, names: readonly string[]): fc.Arbitrary<GatewayInputs> {
  const place = { name: `gateway${index}`, namespace: `edge${index}` };
  const sharing = fc
    .record({ revisions: revisionsOf(names, false), size: sizes })
    .map(({ revisions, size }) => ({ ...place, ...size, revisions }));
  const google = fc
    .record({ revisions: revisionsOf(names, true), size: sizes })
    .map(({ revisions, size }) => ({ ...place, ...size, naming: "google" as const, revisions }));
  const switching = fc
    .record({ revisions: revisionsOf(names, false), size: sizes, isNamed: fc.boolean() })
    .map(({ revisions, size, isNamed }) => ({
      ...place,
      ...size,
      traffic: "active" as const,
      ...(isNamed && { active: revisions[0]?.revision ?? "" }),
      revisions,
    }));
  const single = fc
    .constantFrom(...names)
    .map((revision) => ({ ...place, replicas: 1, revisions: [{ revision }] }));
  const exposing = fc.constantFrom(...names).map((revision) => ({
    ...place,
    kind: "east-west" as const,
    eastWest: { exposeIstiod: true, istiodRevision: revision },
    revisions: [{ revision }],
  }));
  return fc.oneof(sharing, google, switching, single, exposing);
}

function namespaceAt(index: number, names: readonly string[]): fc.Arbitrary<NamespaceInputs> {
  return fc
    .record({
      revision: fc.constantFrom(...names),
      create: fc.constantFrom(undefined, true),
      restart: fc.constantFrom(undefined, { batchSize: 3 }),
    })
    .map(({ revision, create, restart }) => ({
      name: `shop${index}`,
      revision,
      ...(create !== undefined && { create }),
      ...(restart !== undefined && { restart }),
    }));
}

/** A gateway whose pods the label of a namespace of the mesh moves. */
function labelled(namespaces: readonly NamespaceInputs[]): GatewayInputs[] {
  const [first] = namespaces;
  return first === undefined
    ? []
    : [
        {
          name: "labelled",
          namespace: first.name,
          injection: "namespace",
          revisions: [{ revision: first.revision }],
        },
      ];
}

const settings = fc.record(
  {
    mtls: fc.constantFrom<ServiceMeshInputs["mtls"]>({ mode: "STRICT" }, { mode: "PERMISSIVE" }),
    profile: fc.constantFrom("minimal", "default"),
    overlays: fc.constant(["distroless-proxy"]),
    set: fc.constant(["values.global.logAsJson=true"]),
    hub: fc.constant("registry.example.com/istio"),
    tag: fc.constantFrom(PREVIOUS, `${PREVIOUS}-distroless`),
  },
  { requiredKeys: [] },
);

function meshOf({ inputs, names }: Planes): fc.Arbitrary<ServiceMeshInputs> {
  const tags = fc
    .tuple(fc.subarray(TAGS), fc.constantFrom(...names))
    .map(([own, name]) =>
      Object.fromEntries(own.map((tag) => [tag, name === "default" ? "" : name])),
    );
  return tags.chain((tagged) => {
    const all = [...names, ...Object.keys(tagged)];
    const many = <T>(max: number, make: (index: number) => fc.Arbitrary<T>) =>
      fc
        .integer({ min: 0, max })
        .chain((count) => fc.tuple(...Array.from({ length: count }, (_, index) => make(index))));
    return fc
      .record({
        gateways: many(3, (index) => gatewayAt(index, all)),
        namespaces: many(4, (index) => namespaceAt(index, all)),
        hasLabelled: fc.boolean(),
        settings,
      })
      .map(({ gateways, namespaces, hasLabelled, settings: own }) => ({
        ...own,
        ...inputs,
        ...(Object.keys(tagged).length > 0 && { tags: tagged }),
        gateways: [...gateways, ...(hasLabelled ? labelled(namespaces) : [])],
        namespaces,
      }));
  });
}

/** Valid meshes before an upgrade to the newest version. */
export const meshes: fc.Arbitrary<ServiceMeshInputs> = fc.oneof(...PLANES.map(meshOf));

/** Ways to cut their upgrade into stages. */
export const policies: fc.Arbitrary<UpgradePolicy> = fc.record(
  {
    weights: fc.constantFrom([100], [50], [1, 5, 25, 100]),
    namespaceBatch: fc.integer({ min: 1, max: 3 }),
    restart: fc.boolean(),
    revision: fc.constantFrom("next", "canary2"),
  },
  { requiredKeys: [] },
);
