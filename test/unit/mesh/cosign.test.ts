import assert from "node:assert/strict";
import { formatProblem } from "../../../mesh/common/problem";
import { cosignFlags, cosignReason, verifiedDigests } from "../../../mesh/images/cosign";
import { istioSigner } from "../../../mesh/images/signers";
import type { ChartSource } from "../../../mesh/model/meshInputs";
import { checkCharts } from "../../../mesh/spec/charts";
import { NEWEST, PREVIOUS } from "../../../toolchain/versions";

const OLD = "https://istio.io/misc/istio-key.pub";
const NEW = "https://istio.io/misc/istio-key-v2.pub";

describe("who signs Istio's images", () => {
  for (const [image, key] of [
    [`docker.io/istio/pilot:${NEWEST}`, OLD],
    [`istio/proxyv2:${PREVIOUS}-distroless`, OLD],
    ["gcr.io/istio-release/ztunnel:1.18.0", OLD],
    ["docker.io/istio/pilot:1.31.0", OLD],
    ["docker.io/istio/pilot:1.31.1-debug", NEW],
    ["docker.io/istio/install-cni:1.32.0", NEW],
    ["docker.io/istio/pilot:1.17.8", undefined],
    ["docker.io/istio/pilot:latest", undefined],
    [`docker.io/istio/pilot@sha256:${"0".repeat(64)}`, undefined],
    ["gke.gcr.io/asm/pilot:1.23.3-asm.2", undefined],
    [`registry.example.com/docker.io/istio/pilot:${NEWEST}`, undefined],
    [`docker.io/istio-fork/pilot:${NEWEST}`, undefined],
  ] as const) {
    it(`${image}: ${key ?? "nobody that is known"}`, () => {
      assert.deepEqual(istioSigner(image), key === undefined ? undefined : { key });
    });
  }
});

describe("cosign's flags and answers", () => {
  it("keys, identities, the log and registries without a certificate", () => {
    assert.deepEqual(cosignFlags({ key: "k", ignoreLog: true }, true), [
      "--key",
      "k",
      "--insecure-ignore-tlog=true",
      "--allow-insecure-registry",
      "--allow-http-registry",
    ]);
    assert.deepEqual(cosignFlags({ identity: "i", issuer: "o", ignoreLog: false }), [
      "--certificate-identity",
      "i",
      "--certificate-oidc-issuer",
      "o",
    ]);
  });

  it("the reason is the error, without the warnings before it and its repetition", () => {
    const stderr =
      "WARNING: Skipping tlog verification is an insecure practice\n" +
      "Error: no matching signatures:\nsignature not found in transparency log\n" +
      "main.go:69: error during command execution: no matching signatures:\nsignature not found\n";
    assert.equal(
      cosignReason(stderr),
      "no matching signatures: signature not found in transparency log",
    );
    assert.equal(cosignReason("something\n"), "something");
    assert.equal(cosignReason(""), undefined);
  });

  it("digests come out of the signatures' content, each once", () => {
    const one = { critical: { image: { "docker-manifest-digest": "sha256:a" } } };
    assert.deepEqual(verifiedDigests(JSON.stringify([one, one, {}, null])), ["sha256:a"]);
    assert.deepEqual(verifiedDigests("{}"), []);
    assert.deepEqual(verifiedDigests("Verified OK"), []);
  });
});

describe("charts.verify", () => {
  const said = (charts: ChartSource) =>
    checkCharts(charts)
      .map((problem) => formatProblem({ source: "inputs", ...problem }))
      .join("\n");
  const oci = (verify: object) => said({ kind: "oci", url: "oci://example.com/charts", verify });

  it("sound ones have no problem", () => {
    assert.equal(oci({ keyring: "k" }), "");
    assert.equal(oci({ cosign: { key: "k", ignoreLog: true } }), "");
    assert.equal(oci({ keyring: "k", cosign: { identity: "i", issuer: "o" } }), "");
    assert.equal(said({ kind: "repository", verify: { keyring: "k" } }), "");
  });

  for (const [title, verify, expected] of [
    ["empty", {}, /charts\.verify: verifies nothing; allowed: keyring, cosign, or both/],
    ["nobody", { cosign: {} }, /charts\.verify\.cosign: names no signer/],
    ["two signers", { cosign: { key: "k", issuer: "o" } }, /names a key and an identity/],
    [
      "an identity of any issuer",
      { cosign: { identity: "i" } },
      /verify\.cosign\.issuer: is missing/,
    ],
    ["anybody of an issuer", { cosign: { issuer: "o" } }, /verify\.cosign\.identity: is missing/],
    [
      "a certificate without the log",
      { cosign: { identity: "i", issuer: "o", ignoreLog: true } },
      /cosign\.ignoreLog: is for keys only/,
    ],
  ] as const) {
    it(`${title} is refused`, () => assert.match(oci(verify), expected));
  }

  it("cosign is for registries", () => {
    const text = said({ kind: "repository", verify: { cosign: { key: "k" } } });
    assert.match(text, /verify\.cosign: is for charts in a registry.*fix: write `kind: oci`/);
  });
});
