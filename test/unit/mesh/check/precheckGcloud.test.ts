import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkProject } from "../../../../components/check/precheck/gcloud";
import { temporaryFolder } from "../../../support/temporary";
import { texts } from "./precheckSupport";

const MESH = { version: "1.29.1" };

/** A gcloud that answers by its first two words, or fails with a text. */
function fakeGcloud(answers: Readonly<Record<string, unknown>>, failure?: string): string {
  const folder = temporaryFolder("gcloud");
  const cases = Object.entries(answers).map(
    ([words, answer]) => `"${words}") echo '${JSON.stringify(answer)}';;`,
  );
  const fail = failure === undefined ? "" : `echo '${failure}' >&2; exit 1`;
  const script = `#!/bin/sh\n${fail}\ncase "$1 $2" in\n${cases.join("\n")}\n*) exit 9;;\nesac\n`;
  writeFileSync(join(folder, "gcloud"), script);
  chmodSync(join(folder, "gcloud"), 0o755);
  return folder;
}

function kubeconfig(context: string) {
  const content = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "c", cluster: { server: "https://127.0.0.1:1" } }],
    users: [{ name: "u", user: {} }],
    contexts: [{ name: context, context: { cluster: "c", user: "u" } }],
    "current-context": context,
  };
  return { kind: "cluster", kubeconfig: JSON.stringify(content) } as const;
}

describe("precheck --gcp", () => {
  const path = process.env.PATH;
  const gke = kubeconfig("gke_shop_europe-west1_main");

  afterEach(() => {
    process.env.PATH = path;
  });

  async function check(folder: string, target: ReturnType<typeof kubeconfig> = gke) {
    process.env.PATH = `${folder}:/bin:/usr/bin`;
    return texts(await checkProject(target, MESH));
  }

  const answers = {
    "container clusters": {
      network: "net",
      privateClusterConfig: { enablePrivateNodes: true, masterIpv4CidrBlock: "172.16.0.0/28" },
    },
    "services list": ["container", "compute"].map((name) => ({
      config: { name: `${name}.googleapis.com` },
    })),
    "compute firewall-rules": [
      { sourceRanges: ["172.16.0.0/28"], allowed: [{ IPProtocol: "tcp", ports: ["15017"] }] },
    ],
  };

  it("a project that has all is fine", async () => {
    assert.deepEqual(await check(fakeGcloud(answers)), [
      "ok Google Cloud project shop: its APIs and firewall fit",
    ]);
  });

  it("what is missing is an error with its command", async () => {
    const found = await check(
      fakeGcloud({ ...answers, "services list": [], "compute firewall-rules": [] }),
    );
    assert.equal(found.length, 3, found.join("\n"));
    assert.match(
      found.join("\n"),
      /gcloud services enable container\.googleapis\.com --project shop/,
    );
    assert.match(found.join("\n"), /gcloud compute firewall-rules create main-istiod-webhook/);
  });

  it("gcloud's own refusal is a warning, in its words", async () => {
    const [text = ""] = await check(fakeGcloud({}, "ERROR: permission denied"));
    assert.match(
      text,
      /^warning .*is not checked: ERROR: permission denied; fix: gcloud auth login/,
    );
  });

  it("a machine without gcloud, and a context that names no cluster, are warnings", async () => {
    process.env.PATH = temporaryFolder("empty");
    assert.match(
      texts(await checkProject(gke, MESH)).join(),
      /gcloud is not installed; fix: install it/,
    );
    assert.match(
      (await check(fakeGcloud(answers), kubeconfig("kind-main"))).join(),
      /the context kind-main does not name it; fix: gcloud container clusters get-credentials/,
    );
  });
});
