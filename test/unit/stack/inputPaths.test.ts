import assert from "node:assert/strict";
import { join } from "node:path";
import { inputsFrom, targetFrom } from "../../../mesh/plan/inputPaths";

const up = (path: string) => join("..", path);

describe("inputs that are read in another folder", () => {
  it("have their files and folders, and nothing else, written from there", () => {
    const inline = { apiVersion: "install.istio.io/v1alpha1", kind: "IstioOperator" };
    const inputs = inputsFrom(
      {
        version: "1.31.0",
        profile: "minimal",
        overlays: ["cni-gcp", "./team.yaml", inline],
        revisions: [{ revision: "a", overlays: ["extra.yaml"] }, { revision: "b" }],
        charts: { kind: "folder", path: "charts" },
      },
      up,
    );
    assert.deepEqual(inputs, {
      version: "1.31.0",
      profile: "minimal",
      overlays: ["cni-gcp", "../team.yaml", inline],
      revisions: [{ revision: "a", overlays: ["../extra.yaml"] }, { revision: "b" }],
      charts: { kind: "folder", path: "../charts" },
    });
  });

  it("have the keys of signatures there, too", () => {
    const charts = { kind: "oci", url: "oci://a", verify: { keyring: "keys.gpg" } } as const;
    assert.deepEqual(inputsFrom({ version: "1.31.0", charts }, up).charts, {
      ...charts,
      verify: { keyring: "../keys.gpg" },
    });
  });

  it("have a kubeconfig there, unless it is its content or in the home folder", () => {
    const from = (kubeconfig: string) => targetFrom({ kind: "cluster", kubeconfig }, up);
    assert.deepEqual(from("kube.yaml"), { kind: "cluster", kubeconfig: "../kube.yaml" });
    for (const same of ["~/kube.yaml", '{"kind":"Config"}', "kind: Config\nusers: []"]) {
      assert.deepEqual(from(same), { kind: "cluster", kubeconfig: same });
    }
    assert.deepEqual(targetFrom({ kind: "render", directory: "out" }, up), {
      kind: "render",
      directory: "../out",
    });
  });
});
