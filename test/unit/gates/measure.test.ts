import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { measureCommand } from "../../../adapters/gates/command";
import { measureMesh } from "../../../adapters/gates/mesh";
import { openPrometheus } from "../../../adapters/gates/prometheus";
import { runGate } from "../../../adapters/gates/runGate";
import { measureWebhook } from "../../../adapters/gates/webhook";
import type { GateDecision, Outcome } from "../../../mesh/gates/decide";
import { temporaryFolder } from "../../support/temporary";

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;

describe("the command of a gate", () => {
  const folder = temporaryFolder("gate");
  const run = (script: string, timeLimit?: number) =>
    measureCommand(
      { kind: "command", command: ["sh", "-c", script], ...(timeLimit && { timeLimit }) },
      { folder, variables: { MESH_UPGRADE_STAGE: "install" } },
    );

  it("is good with exit code 0, and gets the stage", async () => {
    const { outcome, saw } = await run('echo "at $MESH_UPGRADE_STAGE in $PWD"');
    assert.equal(outcome, "good");
    assert.match(saw, new RegExp(`exit code 0: at install in ${folder}$`));
  });

  it("is bad with any other, and what it said is kept", async () => {
    const { outcome, saw } = await run("echo one; echo two >&2; exit 3");
    assert.equal(outcome, "bad");
    assert.match(saw, /: exit code 3: one\ntwo$/);
  });

  it("of a long output, the end is kept", async () => {
    const { saw } = await run("seq 1 5000");
    assert.match(saw, /: … 4981\n[\s\S]*\n5000$/);
  });

  it("is ended with all that it started when its time is over", async () => {
    const begin = Date.now();
    const { outcome, saw } = await run("sleep 30 & sleep 30", 0.3);
    assert.equal(outcome, "bad");
    assert.match(saw, /did not end within 0\.3 s/);
    assert.ok(Date.now() - begin < 10_000);
  });

  it("that is not there cannot be measured", async () => {
    const gate = { kind: "command", command: ["./no-such-program"] } as const;
    const { outcome, saw } = await measureCommand(gate, { folder, variables: {} });
    assert.equal(outcome, "impossible");
    assert.match(saw, /it cannot be started: .*no-such-program.*ENOENT/);
  });
});

describe("services that a gate asks", () => {
  let server: Server;
  let answer: Answer;
  let url: string;

  before(async () => {
    server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => {
        body += chunk;
      });
      request.on("end", () => answer(request, response, body));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  after(() => {
    server.closeAllConnections();
    server.close();
  });

  it("a webhook gets the stage, and is good with 2xx", async () => {
    let got: unknown;
    answer = ({ method, headers }, response, body) => {
      got = { method, team: headers["x-team"], body: JSON.parse(body) };
      response.statusCode = 202;
      response.end("fine\n");
    };
    const gate = { kind: "webhook", url: `${url}/gate`, headers: { "x-team": "edge" } } as const;
    assert.deepEqual(await measureWebhook(gate, { stage: "install" }), {
      outcome: "good",
      saw: `${url}: HTTP 202: fine`,
    });
    assert.deepEqual(got, { method: "POST", team: "edge", body: { stage: "install" } });
  });

  it("a webhook is bad with another status, and not reached without an answer", async () => {
    answer = (_, response) => {
      response.statusCode = 409;
      response.end("too many errors");
    };
    const gate = { kind: "webhook", url, timeLimit: 0.2 } as const;
    assert.deepEqual(await measureWebhook(gate, {}), {
      outcome: "bad",
      saw: `${url}: HTTP 409: too many errors`,
    });
    answer = () => {};
    const silent = await measureWebhook(gate, {});
    assert.equal(silent.outcome, "unreachable");
    assert.match(silent.saw, /no answer within 0\.2 s/);
  });

  it("Prometheus gets the token and the headers, below the path of its address", async () => {
    let got: unknown;
    answer = ({ url: path, headers }, response, body) => {
      got = [path, headers.authorization, headers["x-scope-orgid"], body];
      response.end('{"status":"success","data":{"resultType":"scalar","result":[1,"7"]}}');
    };
    const ask = openPrometheus({
      url: `${url}/prom/`,
      bearerToken: "hush",
      headers: { "X-Scope-OrgID": "edge" },
    });
    assert.deepEqual(await ask("a + b"), { kind: "samples", samples: [{ labels: {}, value: 7 }] });
    assert.deepEqual(got, ["/prom/api/v1/query", "Bearer hush", "edge", "query=a+%2B+b"]);
  });

  it("a login in the address is sent, and never said", async () => {
    let login: string | undefined;
    answer = ({ headers }, response) => {
      login = headers.authorization;
      response.statusCode = 401;
      response.end("who?");
    };
    const said = await openPrometheus({ url: url.replace("//", "//me:hush@") })("up");
    assert.equal(login, `Basic ${Buffer.from("me:hush").toString("base64")}`);
    assert.equal(said.kind, "refused");
    assert.ok(!JSON.stringify(said).includes("hush"));
  });

  it("a Service is asked through the API server", async () => {
    const paths: string[] = [];
    const ask = openPrometheus(
      { service: "istio-system/prometheus:9090" },
      {
        call: async (method, path) => {
          paths.push(`${method} ${path}`);
          return { status: 503, body: { message: "no endpoints available" } };
        },
      },
    );
    assert.deepEqual(await ask("up == 1"), {
      kind: "unreachable",
      reason: "Service istio-system/prometheus:9090: HTTP 503: no endpoints available",
    });
    assert.deepEqual(paths, [
      "GET /api/v1/namespaces/istio-system/services/prometheus:9090/proxy/api/v1/query?query=up+%3D%3D+1",
    ]);
  });

  it("without a cluster, a Service cannot be asked", async () => {
    const answered = await openPrometheus({ service: "a/b:1" })("up");
    assert.equal(answered.kind, "refused");
  });
});

describe("the mesh of a stack that renders to a folder", () => {
  it("is not looked at, and the gate says so", async () => {
    const { outcome, saw } = await measureMesh(undefined, { kind: "mesh" }, 0);
    assert.deepEqual(
      [outcome, saw],
      ["good", "the stack renders to a folder, so there is no cluster to look at"],
    );
  });
});

describe("running a gate", () => {
  const timing = {
    interval: 0.01,
    count: 2,
    warmUp: 0.02,
    limit: 1,
    timeout: 5,
    noData: "wait",
  } as const;

  it("measures until it is decided, and tells each measurement", async () => {
    const outcomes: Outcome[] = ["good", "bad", "good"];
    const told: string[] = [];
    const verdict = await runGate(timing, {
      measure: async () => ({ outcome: outcomes.shift() ?? "bad", saw: "x" }),
      begun: Date.now(),
      told: ({ outcome }, { kind }: GateDecision) => told.push(`${outcome} ${kind}`),
      signal: new AbortController().signal,
    });
    assert.equal(verdict.kind, "passed");
    assert.deepEqual(told, ["good measure", "bad measure", "good passed"]);
  });

  it("ends at once when it is stopped, also between two measurements", async () => {
    const stopping = new AbortController();
    const running = runGate(
      { ...timing, interval: 60, timeout: 600 },
      {
        measure: async () => ({ outcome: "good", saw: "x" }),
        begun: Date.now(),
        told: () => {},
        signal: stopping.signal,
      },
    );
    await delay(100);
    stopping.abort(new Error("stopped"));
    await assert.rejects(running, /stopped/);
  });
});
