import assert from "node:assert/strict";
import { targetsIn } from "../../adapters/checks/precheck/access";
import { objectPaths } from "../../adapters/cluster/discovery";
import { overlayLibrary } from "../../adapters/overlays";
import { renderTools } from "../../adapters/renderTools";
import { ROLE_VERBS, VERBS } from "../../mesh/checks/precheck/permissions";
import { rightsOfSteps } from "../../mesh/checks/precheck/stepRights";
import { getPath } from "../../mesh/k8s/path";
import type { ServiceMeshInputs } from "../../mesh/model/serviceMeshInputs";
import { generateManifests } from "../../mesh/plan/generate";
import { planMesh } from "../../mesh/plan/meshPlan";
import { NEW, NEWEST, OLD, PREVIOUS } from "../../toolchain/versions";
import { gatewayMesh } from "../support/gatewayMesh";
import type { Scene } from "../support/kwokStack";
import { limitedUser, type Rule, rulesFor } from "../support/limitedUser";
import { stages } from "../support/stages";
import { type Tools, toolsFor } from "../support/tools";

const BOTH = [{ revision: OLD }, { revision: NEW, version: NEWEST }];
const WEB = "/apis/apps/v1/namespaces/edge/deployments/web";

function gateways(...revisions: readonly string[]) {
  const weighted = revisions.map((revision) => ({ revision, weight: 1 }));
  const service = { type: "ClusterIP" as const };
  return [
    { name: "web", namespace: "edge", replicas: 2, protect: false, revisions: weighted, service },
  ];
}

/** A right that `mesh precheck` does not ask for, and an update needs, fails a step here. */
describe("a user with the rights that precheck asks for, and no others", () => {
  const stage = stages();
  let tools: Tools;
  let scene: Scene;

  /** What precheck asks for, but in all namespaces: some are made only by the update. */
  async function rules(inputs: ServiceMeshInputs): Promise<Rule[]> {
    const charts = { kind: "folder", path: tools.charts } as const;
    const plan = planMesh({ ...inputs, charts }, overlayLibrary());
    const { objects } = await generateManifests(plan, renderTools(charts));
    const targets = await targetsIn(objects, objectPaths(scene.live.cluster));
    const applied = targets.flatMap((target) => VERBS.map((verb) => ({ ...target, verb })));
    const granted = ROLE_VERBS.flatMap((right) => ("group" in right ? [right] : [])).flatMap(
      (right) => [right, { ...right, resource: "roles" }],
    );
    return rulesFor([...applied, ...rightsOfSteps({ plan, objects }), ...granted]);
  }

  before(async function () {
    tools = await toolsFor(this);
    scene = await gatewayMesh(tools);
    const mesh = { version: PREVIOUS, profile: "minimal", revisions: BOTH } as const;
    const known = await rules({ ...mesh, gateways: gateways(OLD, NEW) });
    const own = await limitedUser(scene.api.kubeconfig, "installer", known);
    scene.stack.configure({ "mesh:kubeconfig": own });
  });

  after(() => scene?.api.stop());

  async function pods(revision: string): Promise<unknown> {
    return getPath(await scene.live.get(`${WEB}-${revision}`), "status.readyReplicas");
  }

  stage("installs a gateway, and hands its traffic to another revision", async () => {
    const { stack } = scene;
    for (const revisions of [[OLD], [OLD, NEW], [NEW]]) {
      stack.configure({ "mesh:gateways": gateways(...revisions) });
      await stack.up();
    }
    assert.equal(await pods(NEW), 2);
    const gone = await scene.live.cluster.call("GET", `${WEB}-${OLD}`);
    assert.equal(gone.status, 404);
  });

  stage("takes the old control plane out", async () => {
    scene.stack.configure({ "mesh:revisions": BOTH.slice(1) });
    await scene.stack.up();
  });

  stage("removes all", async () => {
    await scene.stack.destroy(["--run-program"]);
  });
});
