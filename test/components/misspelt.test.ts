import assert from "node:assert/strict";
import {
  Crds,
  Gateway,
  ManagedControlPlane,
  MeshNamespace,
  OverlayGateways,
  PeerAuthentication,
  RevisionTag,
  ServiceMesh,
  Telemetry,
} from "../../components";
import { NEW, NEWEST } from "../../toolchain/versions";
import { runProgram } from "../support/mocks";

/** The error of a program with a component whose args tsc would refuse. */
async function refusal(program: () => unknown): Promise<string> {
  const { errors, resources } = await runProgram(program);
  assert.deepEqual(
    resources.filter(({ type }) => type.startsWith("kubernetes:")),
    [],
  );
  return errors.map(String).join("\n");
}

describe("a component by itself refuses a misspelt key of its args", () => {
  const gateway = { name: "web", namespace: "edge", revisions: [{ revision: NEW }] };
  const cases: readonly [string, (args: never) => unknown, object, RegExp][] = [
    [
      "PeerAuthentication",
      (args) => new PeerAuthentication("x", args),
      { namespace: "shop", mode: "STRICT", matchLabel: { app: "a" } },
      /inputs: matchLabel: is an unknown field; .*did you mean "matchLabels"\?/,
    ],
    [
      "Telemetry",
      (args) => new Telemetry("x", args),
      { namespace: "shop", tracing: { samplngPercent: 5 } },
      /inputs: tracing\.samplngPercent: is an unknown field; .*did you mean "samplingPercent"\?/,
    ],
    [
      "MeshNamespace",
      (args) => new MeshNamespace("x", args),
      { namespace: "shop", revision: NEW, restart: { batchSze: 5 } },
      /inputs: restart\.batchSze: is an unknown field; .*did you mean "batchSize"\?/,
    ],
    [
      "RevisionTag",
      (args) => new RevisionTag("x", args),
      { tag: "stable", revision: NEW, version: NEWEST, mtls: { mod: "STRICT" } },
      /inputs: mtls\.mod: is an unknown field; .*did you mean "mode"\?/,
    ],
    [
      "Gateway",
      (args) => new Gateway("x", args),
      { ...gateway, timeoutSecond: 5 },
      /gateway web: timeoutSecond: is an unknown field; .*did you mean "timeoutSeconds"\?/,
    ],
    [
      "ManagedControlPlane",
      (args) => new ManagedControlPlane("x", args),
      { chanel: "rapid" },
      /inputs: managed\.chanel: is an unknown field; .*did you mean "channel"\?/,
    ],
    [
      "ManagedControlPlane, in its target",
      (args) => new ManagedControlPlane("x", args),
      { channel: "rapid", target: { kind: "cluster", contxt: "prod" } },
      /inputs: target\.contxt: is an unknown field; .*did you mean "context"\?/,
    ],
    [
      "Crds, in its target",
      (args) => new Crds("x", args),
      { version: NEWEST, target: { kind: "cluster", contxt: "prod" } },
      /inputs: target\.contxt: is an unknown field; .*did you mean "context"\?/,
    ],
    [
      "OverlayGateways, in its target",
      (args) => new OverlayGateways("x", args),
      { version: NEWEST, target: { kind: "clutser" } },
      /inputs: target\.kind: is unknown .*did you mean "cluster"\?/,
    ],
    [
      "ServiceMesh, in its target",
      (args) => new ServiceMesh("x", args),
      { version: NEWEST, profile: "empty", target: { kind: "cluster", contxt: "prod" } },
      /inputs: target\.contxt: is an unknown field; .*did you mean "context"\?/,
    ],
  ];
  for (const [name, make, args, message] of cases) {
    it(name, async () => {
      assert.match(await refusal(() => make(args as never)), message);
    });
  }
});
