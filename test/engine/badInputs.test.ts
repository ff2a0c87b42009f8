import assert from "node:assert/strict";
import { NEWEST } from "../../toolchain/versions";
import { programStack } from "../support/programStack";
import type { TestStack } from "../support/stack";
import { type Tools, toolsFor } from "../support/tools";

interface Bad {
  readonly component: string;
  readonly args: object;
  /** Of meshes on the cluster that the component gives. */
  readonly mesh?: object;
  /** What the error says of each value that is wrong. */
  readonly said: readonly RegExp[];
}

const MESH = { version: NEWEST, profile: "minimal", revision: NEWEST, overlays: ["cni-gpc"] };
const OF_MESH = [/revision: dots are not allowed/, /option cni-gpc: there is no option/];

/** Parts of a mesh, which take its inputs. */
const PARTS = ["ServiceMesh", "Crds", "Base", "ControlPlane", "Cni", "Ztunnel", "OverlayGateways"];

const FOUNDATION = { project: "p", location: "", cluster: { kind: "existing", name: "A" } };

const CASES: readonly Bad[] = [
  ...PARTS.map((component) => ({ component, args: MESH, said: OF_MESH })),
  {
    component: "RevisionTag",
    args: { version: NEWEST, tag: "Prod", revision: NEWEST },
    said: [/dots are not allowed/],
  },
  {
    component: "Gateway",
    args: { name: "Web", namespace: "edge", revisions: [{ revision: NEWEST }] },
    said: [/dots are not allowed/, /Web/],
  },
  {
    component: "MeshNamespace",
    args: { namespace: "", revision: NEWEST },
    said: [/namespace: is empty/, /dots are not allowed/],
  },
  { component: "ManagedControlPlane", args: { channel: "slow" }, said: [/slow/] },
  {
    component: "PeerAuthentication",
    args: { namespace: "shop", mode: "STRICT", portModes: { "80": "DISABLE" } },
    said: [/portModes: needs matchLabels/],
  },
  {
    component: "Telemetry",
    args: { namespace: "shop", tracing: { samplingPercent: 200 } },
    said: [/samplingPercent: is not a percentage \(got 200\)/],
  },
  { component: "GkeFoundation", args: FOUNDATION, said: [/location/] },
  {
    component: "GkeFoundation",
    args: FOUNDATION,
    mesh: { version: NEWEST, profile: "minimal" },
    said: [/location/],
  },
];

describe("inputs that are wrong, on the engine", () => {
  let tools: Tools;
  let stack: TestStack;

  before(async function () {
    this.timeout(0);
    tools = await toolsFor(this);
    stack = await programStack(tools, "badInputs");
  });

  for (const { component, args, mesh, said } of CASES) {
    const title = mesh === undefined ? component : `${component} with meshes on it`;
    for (const command of ["preview", "up"] as const) {
      it(`${title}: ${command} says each once, and warns of no promise`, async () => {
        stack.configure({ "mesh:program": { component, args, mesh } });
        const { errors, output } = await stack.failure(command);
        assert.doesNotMatch(output, /PromiseRejection|trace-warnings|unhandled/i);
        assert.equal(errors.length, 1, errors.join("\n---\n"));
        for (const pattern of said) {
          assert.match(errors[0] ?? "", pattern);
        }
      });
    }
  }
});
