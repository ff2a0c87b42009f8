import assert from "node:assert/strict";
import { checkCniExclusions } from "../../../../mesh/checks/precheck/cniExclusions";
import { checkGatewayApi, unseenApis } from "../../../../mesh/checks/precheck/gatewayApi";
import { checkUpgradeChanges } from "../../../../mesh/checks/precheck/upgradeChanges";
import {
  asksForWorkloadEntries,
  checkWorkloadEntries,
} from "../../../../mesh/checks/precheck/workloadEntries";
import type { K8sObject } from "../../../../mesh/k8s/objects";
import type { ServiceMeshInputs } from "../../../../mesh/model/serviceMeshInputs";
import { desiredMesh, istiod, namespace, object, texts } from "./precheckSupport";

const desired = (version: string, inputs: Partial<ServiceMeshInputs> = {}) =>
  desiredMesh({ version, revision: "", ...inputs });

/** A CRD of the Gateway API. */
function crd(
  plural: string,
  kind: string,
  versions: readonly string[],
  bundle?: string,
): K8sObject {
  return object(
    "apiextensions.k8s.io/v1",
    "CustomResourceDefinition",
    `${plural}.gateway.networking.k8s.io`,
    {
      metadata: {
        annotations:
          bundle === undefined ? {} : { "gateway.networking.k8s.io/bundle-version": bundle },
      },
      spec: {
        group: "gateway.networking.k8s.io",
        names: { kind, plural },
        versions: versions.map((name) => ({ name, served: true })),
      },
    },
  );
}

const OLD_TLS = crd("tlsroutes", "TLSRoute", ["v1alpha2"], "v1.2.0");
const ROUTE = object("gateway.networking.k8s.io/v1alpha2", "TLSRoute", "shop/pay");

function gatewayApi(
  version: string,
  crds: readonly K8sObject[],
  { running = ["1.29.1"], routes = [] as readonly K8sObject[] } = {},
): string[] {
  const mesh = desired(version);
  const gatewayApiUses = unseenApis(mesh, crds).map((api) => ({ api, objects: routes }));
  const workloads = running.map((one) => istiod("default", one));
  return texts(checkGatewayApi(mesh, { crds, workloads, gatewayApiUses }));
}

describe("precheck: CRDs of the Gateway API", () => {
  it("TLSRoutes that the running istiod reads, and the planned one would not, are an error with the way out", () => {
    const [text = "", ...others] = gatewayApi("1.30.4", [OLD_TLS], { routes: [ROUTE] });
    assert.deepEqual(others, []);
    assert.match(
      text,
      /^error CustomResourceDefinition tlsroutes\.gateway\.networking\.k8s\.io: serves v1alpha2 and not v1, which Istio 1\.30 reads: istiod would not see shop\/pay \(https:\/\/istio\.io\/.*upgrade-notes\/\)/,
    );
    assert.match(
      text,
      /fix: install Gateway API 1\.5\.0 or newer first: kubectl apply --server-side -f \S+v1\.5\.0/,
    );
  });

  it("without objects, and where the running istiod does not read them either, it is a warning", () => {
    assert.match(gatewayApi("1.30.4", [OLD_TLS]).join(), /^warning .*would see no object of it/);
    assert.match(
      gatewayApi("1.31.0", [OLD_TLS], { running: ["1.30.4"], routes: [ROUTE] }).join(),
      /^warning .*would not see shop\/pay/,
    );
    assert.match(
      gatewayApi("1.30.4", [OLD_TLS], { running: [], routes: [ROUTE] }).join(),
      /^warning/,
    );
  });

  it("the right version of an older release is passed over by istiod too", () => {
    const early = crd("tlsroutes", "TLSRoute", ["v1"], "v1.4.1");
    assert.match(
      gatewayApi("1.30.4", [early]).join(),
      /is of Gateway API 1\.4\.1, and Istio 1\.30 reads it from 1\.5\.0 on/,
    );
    const unmarked = crd("tlsroutes", "TLSRoute", ["v1"]);
    assert.match(gatewayApi("1.30.4", [unmarked]).join(), /has no annotation gateway\.networking/);
  });

  it("those that the planned Istio reads are fine, candidates of a release too", () => {
    const good = ["v1.5.0", "v1.5.1", "v1.5.0-rc.1"].map((bundle) =>
      crd("tlsroutes", "TLSRoute", ["v1", "v1alpha2"], bundle),
    );
    for (const one of good) {
      assert.deepEqual(gatewayApi("1.30.4", [one]), []);
    }
    assert.deepEqual(gatewayApi("1.29.1", [OLD_TLS]), []);
    assert.deepEqual(gatewayApi("1.29.1", [crd("httproutes", "HTTPRoute", ["v1", "v1beta1"])]), []);
  });

  it("a Gateway API of before v1 is named", () => {
    assert.match(
      gatewayApi("1.29.1", [crd("httproutes", "HTTPRoute", ["v1beta1"])]).join(),
      /^warning .*serves v1beta1 and not v1.*fix: install Gateway API/,
    );
  });
});

describe("precheck: what upgrade notes ask for", () => {
  const ambient: Partial<ServiceMeshInputs> = { profile: "ambient" };
  const workloads = [istiod("default", "1.29.1")];
  const entry = (name: string, labels = {}, annotations = {}) =>
    object("networking.istio.io/v1", "WorkloadEntry", `vm/${name}`, {
      metadata: { labels, annotations },
    });
  const group = { "istio.io/autoRegistrationGroup": "vms" };
  const entries = [
    entry("old", {}, group),
    entry("new", { "networking.istio.io/tunnel": "http" }, group),
    entry("by-hand"),
  ];
  const check = (version: string, inputs = ambient, live = workloads) =>
    texts(
      checkWorkloadEntries(desired(version, inputs), { workloads: live, workloadEntries: entries }),
    );

  it("WorkloadEntries that registered themselves without the label of the tunnel are named", () => {
    const [text = "", ...others] = check("1.30.4");
    assert.deepEqual(others, []);
    assert.match(text, /^warning WorkloadEntry: vm\/old registered themselves without the label/);
    assert.match(
      text,
      /60788\.yaml\); fix: .*kubectl -n vm label workloadentry old networking\.istio\.io\/tunnel=http$/,
    );
  });

  it("not without ambient mode, nor where the upgrade does not pass that minor; then they are not read", () => {
    for (const [version, inputs, live] of [
      ["1.30.4", { profile: "minimal" }, workloads],
      ["1.31.0", ambient, [istiod("default", "1.30.4")]],
      ["1.30.4", ambient, []],
    ] as const) {
      assert.deepEqual(check(version, inputs, [...live]), []);
      assert.equal(asksForWorkloadEntries(desired(version, inputs), live), false);
    }
    assert.equal(asksForWorkloadEntries(desired("1.30.4", ambient), workloads), true);
  });

  it("ambient namespaces that the CNI agent leaves out lose their pods", () => {
    const namespaces = ["shop", "pay"].map((name) =>
      namespace(name, { "istio.io/dataplane-mode": "ambient" }),
    );
    const exclude = (version: string) =>
      texts(
        checkCniExclusions(
          desired(version, { ...ambient, set: ["values.cni.excludeNamespaces[0]=shop"] }),
          { workloads, namespaces },
        ),
      );
    assert.match(
      exclude("1.30.4").join(),
      /^warning Namespace: shop is in ambient mode, and in values\.cni\.excludeNamespaces: since Istio 1\.30/,
    );
    assert.deepEqual(exclude("1.29.1"), []);
  });

  it("defaults that differ and other notes are infos, from the version that runs", () => {
    const found = texts(checkUpgradeChanges(desired("1.31.0"), { workloads }));
    assert.ok(
      found.every((text) => text.startsWith("info ")),
      found.join("\n"),
    );
    assert.ok(
      found.some((text) =>
        /values\.pilot\.env\.PILOT_SIDECAR_PICK_BEST_SERVICE_NAMESPACE becomes "true"/.test(text),
      ),
    );
    assert.ok(
      found.some((text) =>
        /upgrade notes of Istio 1\.30 say: The XDS api generator .*https:/.test(text),
      ),
    );
    assert.deepEqual(checkUpgradeChanges(desired("1.31.0"), { workloads: [] }), []);
  });
});
