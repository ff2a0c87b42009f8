import assert from "node:assert/strict";
import type { Finding } from "../../mesh/checks/finding";
import type { K8sObject } from "../../mesh/k8s/objects";
import { extraProgram } from "../../toolchain/setup";
import { NEW, NEWEST } from "../../toolchain/versions";
import type { ApiServer } from "../cluster/apiServer";
import { startKwokCluster } from "../cluster/kwokCluster";
import { type LiveCluster, liveCluster, namespace } from "../support/liveCluster";
import { mesh, run } from "../support/run";
import { TestStack } from "../support/stack";
import { type Tools, toolsFor } from "../support/tools";

const REVISION = NEW;
const ADMISSION = "admissionregistration.k8s.io/v1";
const VALIDATOR = "ValidatingWebhookConfiguration istiod-default-validator";

/** What a removed install has left: webhooks that refuse, of an istiod that is gone. */
function leftover(kind: string, name: string, webhook: object): K8sObject {
  return {
    apiVersion: ADMISSION,
    kind,
    metadata: { name, labels: { "istio.io/rev": "old", "app.kubernetes.io/part-of": "istio" } },
    webhooks: [
      {
        clientConfig: { service: { namespace: "istio-system", name: "istiod-old", path: "/x" } },
        failurePolicy: "Fail",
        sideEffects: "None",
        admissionReviewVersions: ["v1"],
        ...webhook,
      },
    ],
  } as unknown as K8sObject;
}

const LEFT: readonly K8sObject[] = [
  leftover("ValidatingWebhookConfiguration", "istiod-default-validator", {
    name: "validation.istio.io",
    rules: [
      {
        operations: ["CREATE", "UPDATE"],
        apiGroups: ["security.istio.io", "networking.istio.io"],
        apiVersions: ["*"],
        resources: ["*"],
      },
    ],
  }),
  leftover("MutatingWebhookConfiguration", "istio-revision-tag-prod", {
    name: "rev.object.sidecar-injector.istio.io",
    rules: [{ operations: ["CREATE"], apiGroups: [""], apiVersions: ["v1"], resources: ["pods"] }],
    objectSelector: { matchLabels: { "istio.io/rev": REVISION } },
  }),
];

describe("webhooks that a removed install has left", () => {
  let tools: Tools;
  let api: ApiServer;
  let live: LiveCluster;
  let stack: TestStack;

  before(async function () {
    tools = await toolsFor(this);
    api = await startKwokCluster();
    live = liveCluster(api.kubeconfig);
    await live.apply(namespace("istio-system"));
  });

  after(async () => {
    await api?.stop();
  });

  beforeEach(async () => {
    stack = await TestStack.create(tools, "left", {
      "mesh:target": "cluster",
      "mesh:kubeconfig": api.kubeconfig,
      "mesh:version": NEWEST,
      "mesh:profile": "minimal",
      "mesh:revision": REVISION,
      "mesh:adopt": "namespaces",
      "mesh:mtls": { mode: "STRICT" },
    });
  });

  afterEach(async () => {
    await Promise.all(LEFT.map((object) => live.remove(object)));
    await stack.destroy(["--run-program"]);
  });

  const leave = () => Promise.all(LEFT.map((object) => live.apply(object)));

  async function exists(path: string): Promise<boolean> {
    return (await live.cluster.call("GET", path)).status === 200;
  }

  /** What `mesh precheck` says of webhooks, and of what is left of older installs. */
  async function precheck(): Promise<Finding[]> {
    const flags = ["--stack", stack.name, "--kubeconfig", api.kubeconfig, "--json"];
    const { stdout, output } = await mesh(["precheck", ...flags], {
      cwd: stack.folder,
      env: stack.environment,
    });
    const text = stdout.slice(stdout.indexOf("["));
    const findings = (text === "" ? assert.fail(output) : JSON.parse(text)) as Finding[];
    return findings.filter(
      ({ check, severity }) =>
        ["webhook-service", "leftovers"].includes(check) && severity !== "ok",
    );
  }

  /** Runs a command of a text as it is printed; kubectl and Pulumi are told which cluster and stack. */
  async function follow(command: string): Promise<void> {
    const [program = "", ...args] = command.split(" ");
    if (program === "pulumi") {
      const flags = args[0] === "up" ? ["--yes", "--skip-preview"] : [];
      const { code, output } = await stack.pulumi([...args, ...flags, "--stack", stack.name]);
      assert.equal(code, 0, `${command}\n${output}`);
      return;
    }
    assert.equal(program, "kubectl", command);
    const finished = await run(extraProgram("kubectl"), [...args, "--kubeconfig", api.kubeconfig], {
      cwd: stack.folder,
    });
    assert.equal(finished.code, 0, `${command}\n${finished.output}`);
  }

  /** The commands of the fixes in a text, each once. */
  function fixes(text: string): string[] {
    const found = [...text.matchAll(/fix: (?:`(pulumi [^`]+)`|(kubectl [^\n;]+))/g)];
    return [...new Set(found.map(([, pulumi, kubectl]) => (pulumi ?? kubectl ?? "").trim()))];
  }

  const ISTIOD = `/apis/apps/v1/namespaces/istio-system/deployments/istiod-${REVISION}`;
  const ACCOUNT = `/api/v1/namespaces/istio-system/serviceaccounts/istiod-${NEW}`;

  it("stop preview and update before anything is made; the fix that is printed mends it", async () => {
    await leave();
    for (const command of ["preview", "up"] as const) {
      const { output } = await stack.failure(command);
      assert.match(output, new RegExp(`${VALIDATOR}: calls the Service istio-system/istiod-old`));
      assert.match(output, /fix: kubectl delete validatingwebhookconfiguration istiod-default/);
    }
    assert.equal(await exists(ACCOUNT), false);
    const { output } = await stack.failure();
    for (const command of fixes(output)) {
      await follow(command);
    }
    await stack.up();
    assert.equal(await exists(ISTIOD), true);
  });

  it("with a default tag the preview says so too, and not in the API server's words", async () => {
    await leave();
    stack.configure({ "mesh:tags": { default: REVISION }, "mesh:adopt": "all" });
    const { output } = await stack.failure("preview");
    assert.match(output, new RegExp(`${VALIDATOR}: calls the Service istio-system/istiod-old`));
    assert.doesNotMatch(output, /failed calling webhook/);
  });

  it("each fix of mesh precheck mends what it is printed for", async () => {
    await leave();
    const commands = fixes((await precheck()).map(({ fix }) => `fix: ${fix}`).join("\n"));
    assert.equal(commands.length, LEFT.length, commands.join());
    for (const command of commands) {
      await follow(command);
    }
    assert.deepEqual(await precheck(), []);
    await stack.up();
  });

  it("where the update does not look first, the error names the webhook and the fix", async function () {
    this.timeout(400_000); // the provider tries again for a while
    await live.apply(LEFT[0] as K8sObject);
    stack.configure({ "mesh:precheck": false });
    const { output } = await stack.failure();
    assert.match(
      output,
      new RegExp(`asks the webhook validation\\.istio\\.io of ${VALIDATOR}, .*fix: kubectl delete`),
    );
    for (const command of fixes(output)) {
      await follow(command);
    }
    await stack.up();
  });

  it("where it keeps pods from being made, the error names it too", async function () {
    this.timeout(400_000);
    await live.apply(LEFT[1] as K8sObject);
    stack.configure({ "mesh:precheck": false, "mesh:timeouts": { controlPlane: 20 } });
    const { output } = await stack.failure();
    assert.match(
      output,
      /webhook rev\.object\.sidecar-injector\.istio\.io of MutatingWebhookConfiguration istio-revision-tag-prod, .*fix: kubectl delete mutatingwebhookconfiguration istio-revision-tag-prod/,
    );
  });

  it("the stack's own webhook whose Service is gone is mended by the command that is printed", async () => {
    await stack.up();
    const service = `/api/v1/namespaces/istio-system/services/istiod-${REVISION}`;
    await live.cluster.call("DELETE", service);
    const found = await precheck();
    const commands = fixes(found.map(({ fix }) => `fix: ${fix}`).join("\n"));
    assert.deepEqual(commands, ["pulumi up --refresh"]);
    for (const command of commands) {
      await follow(command);
    }
    assert.equal(await exists(service), true);
    const left = (await precheck()).filter(({ reason }) => reason.includes("does not exist"));
    assert.deepEqual(left, []);
  });
});
