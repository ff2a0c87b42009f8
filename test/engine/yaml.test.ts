import assert from "node:assert/strict";
import { NEW, NEWEST, OLD, PREVIOUS } from "../../toolchain/versions";
import {
  LANGUAGES,
  type ProgramResources,
  reference,
  runTypeScript,
  runYaml,
  stepTitles,
  useLanguages,
} from "../support/languages";
import { readManifests } from "../support/manifests";
import { mesh } from "../support/run";
import { TestStack } from "../support/stack";
import { type Tools, toolsFor } from "../support/tools";

describe("a program in YAML that renders manifests", () => {
  let tools: Tools;
  let stack: TestStack;
  let undo: () => void;

  before(async function () {
    tools = await toolsFor(this, LANGUAGES);
    undo = useLanguages();
    stack = await TestStack.create(tools, "yaml", {});
  });

  after(() => undo?.());

  /** Two revisions with gateways of each kind, and what programs have beside a mesh. */
  const program = ({ rendered }: TestStack): ProgramResources => ({
    manifests: {
      type: "pulumi:providers:kubernetes",
      properties: { renderYamlToDirectory: rendered, enableConfigMapMutable: true },
    },
    mesh: {
      type: "servicemesh:index:ServiceMesh",
      properties: {
        version: PREVIOUS,
        hub: { "fn::secret": "registry.example.com/kept-secret" },
        charts: { kind: "folder", path: tools.charts },
        target: { kind: "render", directory: rendered },
        overlays: [
          "cni-gcp",
          {
            apiVersion: "install.istio.io/v1alpha1",
            kind: "IstioOperator",
            spec: { meshConfig: { enableTracing: true } },
          },
        ],
        set: [{ path: "values.pilot.autoscaleMax", value: 7 }],
        mtls: { mode: "STRICT" },
        tracing: { provider: "cloud-trace", samplingPercent: 2.5 },
        revisions: [{ revision: OLD }, { revision: NEW, version: NEWEST }],
        tags: { stable: OLD },
        namespaces: [{ name: "shop", revision: "stable", create: true }],
        gateways: [
          {
            name: "web",
            namespace: "istio-gateways",
            revisions: [
              { revision: OLD, weight: 90 },
              { revision: NEW, weight: 10 },
            ],
            tls: [{ hosts: ["shop.example.com"], credentialName: "shop" }],
            rollingUpdate: { maxSurge: 1, maxUnavailable: "10%" },
          },
          {
            name: "out",
            namespace: "istio-gateways",
            kind: "egress",
            revisions: [{ revision: OLD }],
            hosts: { externalHosts: [{ host: "api.example.com", port: 443, protocol: "TLS" }] },
          },
        ],
      },
    },
    legacy: {
      type: "servicemesh:index:PeerAuthentication",
      properties: {
        namespace: "shop",
        name: reference("mesh.revision"),
        mode: "PERMISSIVE",
        matchLabels: { app: "legacy" },
        portModes: { 8080: "DISABLE" },
      },
      options: { dependsOn: ["mesh"], provider: "manifests" },
    },
    errors: {
      type: "servicemesh:index:Telemetry",
      properties: {
        namespace: "istio-system",
        accessLogging: { filter: "response.code >= 400" },
        tracing: { samplingPercent: 5 },
      },
      options: { dependsOn: ["mesh"], provider: "manifests" },
    },
  });

  it("is run by mesh --program, for the inputs that it has now", async () => {
    runYaml(stack, program(stack));
    const args = ["images", "list", "--stack", "yaml", "--program", "--show-secrets"];
    const { code, stdout, output } = await mesh(args, { cwd: stack.folder, env: stack.shell });
    assert.equal(code, 0, output);
    assert.match(stdout, new RegExp(`registry.example.com/kept-secret/pilot:${PREVIOUS}`));
    assert.match(stdout, new RegExp(`registry.example.com/kept-secret/pilot:${NEWEST}`));
  });

  it("previews and makes the same objects as the program in TypeScript", async () => {
    const twin = await TestStack.create(tools, "yaml", {});
    runTypeScript(twin, program(twin));
    runYaml(stack, program(stack));
    const expected = stepTitles((await twin.up()).changes);
    assert.ok(expected.length > 60, expected.join("\n"));
    assert.deepEqual(stepTitles((await stack.preview()).changes), expected);
    await stack.up();
    assert.deepEqual(readManifests(stack.rendered), readManifests(twin.rendered));
    assert.deepEqual((await stack.preview()).changes, []);
    const state = await stack.stateText();
    const at = state.indexOf("kept-secret");
    assert.equal(at, -1, state.slice(Math.max(at - 200, 0), at + 100));
  });

  it("is told everything that is wrong with its values at once, and changes nothing", async () => {
    const { mesh: own, manifests } = program(stack);
    assert.ok(own && manifests);
    const gateway = { name: "web", namespace: "istio-gateways", protect: false };
    const revisions = [{ revision: "1.30.4", weight: -1 }];
    const properties = { ...own.properties, gateways: [{ ...gateway, revisions }] };
    runYaml(stack, { manifests, mesh: { ...own, properties } });
    const { errors, changes } = await stack.failure("up");
    assert.equal(errors.length, 1, errors.join("\n\n"));
    assert.match(errors[0] ?? "", /the inputs are not valid:/);
    assert.match(errors[0] ?? "", /revisions\[0\].revision: dots are not allowed/);
    assert.match(errors[0] ?? "", /revisions\[0\].weight: is not a weight/);
    assert.deepEqual(
      stepTitles(changes).filter((title) => title.includes(" kubernetes:")),
      [],
    );
  });

  it("is told by Pulumi itself which property has the wrong type", async () => {
    const { mesh: own } = program(stack);
    assert.ok(own);
    const properties = { ...own.properties, gateways: [{ name: "web" }], versoin: "" };
    runYaml(stack, { mesh: { ...own, properties } });
    const { output } = await stack.failure("preview");
    assert.match(output, /Missing required property 'namespace'/);
    assert.match(output, /versoin/);
  });
});
