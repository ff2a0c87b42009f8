import assert from "node:assert/strict";
import { checkEditedCrds } from "../../../../mesh/checks/precheck/crdEdits";
import { checkCrds } from "../../../../mesh/checks/precheck/crds";
import { checkKubernetesVersion } from "../../../../mesh/checks/precheck/kubernetesVersion";
import { livePlanes } from "../../../../mesh/checks/precheck/livePlanes";
import { checkLostOptions } from "../../../../mesh/checks/precheck/lostOptions";
import {
  checkEnvoyFilters,
  checkRetired,
  goingVersions,
} from "../../../../mesh/checks/precheck/retired";
import { checkUpgrade } from "../../../../mesh/checks/precheck/upgrade";
import type { JsonObject } from "../../../../mesh/common/json";
import { imageVersion } from "../../../../mesh/k8s/imageVersion";
import type { K8sObject } from "../../../../mesh/k8s/objects";
import { MINORS } from "../../../../mesh/model/minors";
import type { ServiceMeshInputs } from "../../../../mesh/model/serviceMeshInputs";
import { desiredMesh, istiod, liveWith, object, texts } from "./precheckSupport";

const plane = (version: string) => [{ revision: "", version }];

describe("precheck: Kubernetes version", () => {
  for (const [server, version] of [
    ["v1.31.0", "1.29.1"],
    ["v1.35.1-gke.1146000", "1.29.1"],
    ["v1.30.4-eks-a737599", "1.28.2"],
    ["v1.27.3", "1.23.3-asm.2"],
    ["v1.40.0", "1.99.0"],
  ] as const) {
    it(`${server} is fine for Istio ${version}, or nothing is known of it`, () => {
      assert.deepEqual(checkKubernetesVersion(server, plane(version)), []);
    });
  }

  it("below what Istio runs on is an error, with rule, source and fix", () => {
    const [text = "", ...others] = texts(checkKubernetesVersion("v1.28.9", plane("1.29.1")));
    assert.deepEqual(others, []);
    assert.match(
      text,
      /^error Kubernetes version: the cluster runs v1\.28\.9: Istio 1\.29\.1 needs Kubernetes 1\.30 or newer/,
    );
    assert.match(text, /supported-releases.*; fix: upgrade the cluster first$/);
  });

  it("outside of what Istio supports is a warning on either side", () => {
    const [older = ""] = texts(checkKubernetesVersion("v1.30.1", plane("1.29.1")));
    assert.match(
      older,
      /^warning .*older than what Istio 1\.29\.1 is supported on: 1\.31 to 1\.35.*fix: upgrade the cluster to 1\.31/,
    );
    const [newer = ""] = texts(checkKubernetesVersion("v1.36.0", plane("1.29.1")));
    assert.match(newer, /^warning .*newer than.*fix: take an Istio version/);
  });

  it("every Istio minor of this package has its range, at or above what Istio runs on", () => {
    for (const minor of MINORS.names) {
      const range = MINORS.release(`${minor}.0`)?.kubernetes;
      const { minKubernetes } = MINORS.facts(`${minor}.0`);
      assert.ok(range, minor);
      const number = (text: string) => Number(text.split(".")[1]);
      assert.ok(number(range.oldest) >= number(minKubernetes), minor);
      assert.ok(number(range.newest) > number(range.oldest), minor);
    }
  });
});

function crd(
  versions: readonly string[],
  more: JsonObject & { metadata?: JsonObject } = {},
): K8sObject {
  return object(
    "apiextensions.k8s.io/v1",
    "CustomResourceDefinition",
    "gateways.networking.istio.io",
    {
      ...more,
      spec: {
        group: "networking.istio.io",
        names: { kind: "Gateway", plural: "gateways" },
        versions: versions.map((name, index) => ({ name, served: true, storage: index === 0 })),
      },
    },
  );
}

const istioLabel = (version: string) => ({ labels: { "app.kubernetes.io/version": version } });

describe("precheck: CRDs", () => {
  const planned = crd(["v1", "v1beta1"], { metadata: istioLabel("1.29.1") });

  it("none, the same, and one whose stored versions stay, are fine", () => {
    assert.deepEqual(checkCrds([planned], []), []);
    assert.deepEqual(
      checkCrds([planned], [{ ...planned, status: { storedVersions: ["v1beta1", "v1"] } }]),
      [],
    );
  });

  it("a stored version that goes is an error, and the fix moves its objects first", () => {
    const live = { ...crd(["v1alpha3", "v1"]), status: { storedVersions: ["v1alpha3"] } };
    const [text = ""] = texts(checkCrds([planned], [live]));
    assert.match(
      text,
      /^error CustomResourceDefinition gateways\.networking\.istio\.io: objects may be stored in v1alpha3/,
    );
    assert.match(text, /make v1 its storage version in the CRD, then .*kubectl replace -f -/);
    assert.match(
      text,
      /--subresource=status --type=merge -p '\{"status":\{"storedVersions":\["v1"\]\}\}'/,
    );
  });

  it("a newer one is told, and its stored versions are its own business", () => {
    const live = {
      ...crd(["v2"], { metadata: istioLabel("1.30.0") }),
      status: { storedVersions: ["v2"] },
    };
    assert.match(
      texts(checkCrds([planned], [live])).join(),
      /^info .*is of Istio 1\.30\.0, newer than 1\.29\.1: it stays/,
    );
  });

  it("one of the same version that somebody has edited is a warning with the field and the way back", () => {
    const live = crd(["v1"], { metadata: istioLabel("1.29.1") });
    const [text = "", ...others] = texts(checkEditedCrds([planned], [live]));
    assert.deepEqual(others, []);
    assert.match(
      text,
      /^warning .*gateways\.networking\.istio\.io: is not as Istio 1\.29\.1 has it: spec\.versions\[name:v1beta1\]; somebody has changed it/,
    );
    assert.match(
      text,
      /kubectl apply --server-side --force-conflicts .*-customresourcedefinition-/,
    );
  });

  it("what the API server fills in or leaves out is no edit, nor is a CRD that will be brought", () => {
    const spec = { ...(planned.spec as JsonObject), preserveUnknownFields: false, scope: "" };
    const conversion = { strategy: "None" };
    const live = { ...planned, spec: { ...(planned.spec as JsonObject), conversion } };
    assert.deepEqual(checkEditedCrds([{ ...planned, spec }], [live]), []);
    for (const version of ["1.28.2", ""]) {
      const older = crd(["v1"], { metadata: istioLabel(version) });
      assert.deepEqual(checkEditedCrds([planned], [older]), [], version);
    }
    assert.deepEqual(checkEditedCrds([crd(["v1", "v2"])], [crd(["v1"])]), [], "versions unknown");
  });

  it("one that is being deleted is an error", () => {
    const deletionTimestamp = "2026-01-01T00:00:00Z";
    const live = crd(["v1"], { metadata: { ...istioLabel("1.29.1"), deletionTimestamp } });
    assert.match(texts(checkCrds([planned], [live])).join(), /^error .*is being deleted/);
    assert.deepEqual(checkEditedCrds([planned], [live]), [], "that is said once");
  });
});

describe("precheck: API versions that go", () => {
  const live = crd(["v1", "v1alpha3"]);
  const [api] = goingVersions([crd(["v1"])], [live]);
  const written = (apiVersion: string, more: JsonObject = {}) =>
    object("networking.istio.io/v1", "Gateway", "shop/web", {
      metadata: { managedFields: [{ manager: "kubectl", apiVersion }], ...more },
    });

  it("finds the versions that the planned CRD does not serve, unless the live one is newer and stays", () => {
    assert.equal(api?.apiVersion, "networking.istio.io/v1alpha3");
    assert.deepEqual(goingVersions([crd(["v1"])], [crd(["v1"])]), []);
    const newer = crd(["v1", "v2"], { metadata: istioLabel("1.30.0") });
    assert.deepEqual(goingVersions([crd(["v1"], { metadata: istioLabel("1.29.1") })], [newer]), []);
  });

  it("names who writes by one of them, by manager or by what kubectl applied last", () => {
    assert.ok(api);
    const annotations = {
      "kubectl.kubernetes.io/last-applied-configuration":
        '{"apiVersion":"networking.istio.io/v1alpha3"}',
    };
    for (const own of [
      written("networking.istio.io/v1alpha3"),
      written("networking.istio.io/v1", { annotations }),
    ]) {
      const found = texts(checkRetired([{ api, objects: [own] }]));
      assert.match(
        found.join(),
        /^warning Gateway: shop\/web is written as .*v1alpha3.*fix: write them as networking\.istio\.io\/v1$/,
      );
    }
    const fine = [
      written("networking.istio.io/v1"),
      {
        metadata: {
          name: "odd",
          annotations: { "kubectl.kubernetes.io/last-applied-configuration": "{" },
        },
      },
    ];
    assert.deepEqual(checkRetired([{ api, objects: fine }]), []);
  });

  it("objects of a group that no Istio reads any more are named, whoever wrote them", () => {
    const gone = {
      ...{ apiVersion: "rbac.istio.io/v1alpha1", kind: "ServiceRole", resource: "serviceroles" },
      ...{ instead: "AuthorizationPolicy", kindStays: false },
    };
    assert.deepEqual(checkRetired([{ api: gone, objects: [] }]), []);
    const [text = ""] = texts(
      checkRetired([{ api: gone, objects: [{ metadata: { name: "r", namespace: "shop" } }] }]),
    );
    assert.match(
      text,
      /shop\/r of rbac.*fix: use AuthorizationPolicy, then delete them: kubectl delete serviceroles\.rbac\.istio\.io -A --all/,
    );
  });

  it("EnvoyFilters are told of where the version changes, but for Istio's own", () => {
    const own = object("networking.istio.io/v1alpha3", "EnvoyFilter", "shop/lua");
    const labels = { "install.operator.istio.io/owning-resource": "unknown" };
    const istios = object(
      "networking.istio.io/v1alpha3",
      "EnvoyFilter",
      "istio-system/stats-filter-1.16",
      { metadata: { labels } },
    );
    const versions = { live: ["1.28.2"], planned: ["1.29.1"] };
    assert.match(
      texts(checkEnvoyFilters([own, istios], versions)).join(),
      /^info EnvoyFilter: shop\/lua may mean/,
    );
    assert.deepEqual(checkEnvoyFilters([istios], versions), []);
    assert.deepEqual(checkEnvoyFilters([own], { live: ["1.29.1"], planned: ["1.29.1"] }), []);
    assert.deepEqual(checkEnvoyFilters([own], { live: [], planned: ["1.29.1"] }), []);
  });
});

describe("precheck: the way from the cluster's versions", () => {
  const desired = (more: Partial<ServiceMeshInputs> = {}) =>
    desiredMesh({ version: "1.29.1", revision: "1-29-1", ...more });

  for (const [image, version] of [
    ["docker.io/istio/pilot:1.28.2", "1.28.2"],
    ["gke.gcr.io/asm/pilot:1.23.3-asm.2-distroless", "1.23.3-asm.2"],
    ["localhost:5000/pilot:1.29.1@sha256:0123", "1.29.1"],
    ["localhost:5000/pilot", undefined],
    ["registry/pilot:latest", undefined],
    ["registry/pilot@sha256:0123", undefined],
  ] as const) {
    it(`the image ${image} is of ${version}`, () => {
      assert.equal(imageVersion(image), version);
    });
  }

  it("reads control planes from their Deployments", () => {
    assert.deepEqual(livePlanes([istiod("default", "1.28.2")]), [
      { revision: "", version: "1.28.2", namespace: "istio-system", name: "istiod" },
    ]);
  });

  it("one minor in place and two by revision are fine, an unknown version too", () => {
    for (const [revision, version] of [
      ["1-29-1", "1.28.2"],
      ["1-27-0", "1.27.0"],
      ["default", "latest"],
    ] as const) {
      const live = liveWith({ workloads: [istiod(revision, version)] });
      assert.deepEqual(texts(checkUpgrade(desired(), live)), [], version);
    }
  });

  it("two minors in place are an error with the way to go", () => {
    const live = liveWith({ workloads: [istiod("1-29-1", "1.27.0")] });
    assert.match(
      texts(checkUpgrade(desired(), live)).join(),
      /^error control plane: version: 1\.27\.0 to 1\.29\.1 are 2 minor.*fix: go by way of 1\.28$/,
    );
  });

  it("the tag that the stack would install counts, not the version of its charts", () => {
    const live = liveWith({ workloads: [istiod("1-29-1", "1.29.1")] });
    const withSkew = (more: object) => desired({ allowImageSkew: true, ...more });
    assert.match(
      texts(checkUpgrade(withSkew({ tag: "1.21.0" }), live)).join(),
      /^error control plane: tag: 1\.29\.1 to 1\.21\.0 are 8 minor/,
    );
    const same = liveWith({ workloads: [istiod("1-29-1", "1.21.0")] });
    assert.deepEqual(texts(checkUpgrade(withSkew({ tag: "1.21.0" }), same)), []);
    const proxy = { namespace: "shop", pod: "a", revision: "1-29-1", version: "1.29.1" };
    assert.match(
      texts(checkUpgrade(withSkew({ tag: "1.28.5" }), liveWith({ proxies: [proxy] }))).join(),
      /^error Namespace shop: proxies of 1\.29\.1 \(a\) are ahead of the control plane 1\.28\.5/,
    );
  });

  it("images that an update would refuse are an error, with their place", () => {
    assert.match(
      texts(checkUpgrade(desired({ tag: "1.30.4" }), liveWith({}))).join(),
      /^error images: spec\.tag: makes istiod.* 1 minor newer/,
    );
  });

  it("an old CNI agent is a warning: the update brings it along", () => {
    const container = { name: "install-cni", image: "istio/install-cni:1.26.0" };
    const agent = object("apps/v1", "DaemonSet", "kube-system/istio-cni-node", {
      spec: { template: { spec: { containers: [container] } } },
    });
    assert.match(
      texts(checkUpgrade(desired(), liveWith({ workloads: [agent] }))).join(),
      /^warning node agents: .*CNI 1\.26\.0 is 3 minor versions behind/,
    );
  });

  it("proxies too far behind the control plane that stays theirs are an error, grouped by namespace", () => {
    const proxy = (pod: string, version: string, revision = "1-29-1") => ({
      namespace: "shop",
      pod,
      revision,
      version,
    });
    const live = liveWith({
      proxies: [
        proxy("a", "1.27.0"),
        proxy("b", "1.27.0"),
        proxy("c", "1.28.2"),
        proxy("d", "1.20.0", "1-20-0"),
      ],
    });
    const found = texts(checkUpgrade(desired(), live));
    assert.equal(found.length, 1);
    assert.match(
      found.join(),
      /^error Namespace shop: proxies of 1\.27\.0 \(a, b\) are too far behind the control plane 1\.29\.1.*fix: first restart them/,
    );
  });

  it("proxies that refuse what the planned istiod sends are an error with the patch to take", () => {
    const proxies = [{ namespace: "shop", pod: "a", revision: "1-29-1", version: "1.29.1" }];
    assert.match(
      texts(checkUpgrade(desired({ version: "1.30.1" }), liveWith({ proxies }))).join(),
      /^error Namespace shop: proxies of 1\.29\.1 \(a\) are older than the control plane 1\.30\.1; rule: sidecars prior to 1\.29\.2 refuse.*fix: take 1\.30\.2 or a later patch$/,
    );
    assert.deepEqual(checkUpgrade(desired({ version: "1.30.4" }), liveWith({ proxies })), []);
  });
});

describe("precheck: options that would be lost", () => {
  const values = (original: JsonObject) =>
    object("v1", "ConfigMap", "istio-system/values-1-28-2", {
      metadata: { labels: { "istio.io/rev": "1-28-2" } },
      data: { "original-values": JSON.stringify(original) },
    });
  const workloads = [istiod("1-28-2", "1.28.2")];
  const recorded = {
    revision: "1-28-2",
    global: {
      hub: "docker.io/istio",
      tag: "1.28.2",
      istioNamespace: "istio-system",
      logging: { level: "all:debug" },
    },
    meshConfig: { accessLogFile: "/dev/stdout" },
    pilot: { enabled: true },
  };

  it("each that nobody sets any more is named, with the old value and where it was found", () => {
    const found = texts(
      checkLostOptions(desiredMesh(), liveWith({ workloads, values: [values(recorded)] })),
    );
    assert.equal(found.length, 2, found.join("\n"));
    assert.match(
      found[0] ?? "",
      /^warning control plane 1-28-2: spec\.meshConfig\.accessLogFile: is not set.*"\/dev\/stdout" on revision 1-28-2 \(ConfigMap istio-system\/values-1-28-2\); fix: /,
    );
    assert.match(found[1] ?? "", /spec\.values\.global\.logging\.level: .*"all:debug"/);
  });

  it("one that is set again, or to something else on purpose, is no loss", () => {
    const set = ["meshConfig.accessLogFile=/dev/stderr", "values.global.logging.level=all:debug"];
    assert.deepEqual(
      checkLostOptions(desiredMesh({ set }), liveWith({ workloads, values: [values(recorded)] })),
      [],
    );
  });

  it("what the release or the profile sets by itself is no option", () => {
    const { controlPlanes } = desiredMesh({ version: "1.28.2", revision: "1-28-2" }).plan;
    const pilot = controlPlanes[0]?.components.find(({ component }) => component.name === "pilot");
    assert.ok(pilot);
    assert.deepEqual(
      checkLostOptions(desiredMesh(), liveWith({ workloads, values: [values(pilot.values)] })),
      [],
    );
  });

  it("an Istio that leaves no record is told, and an empty cluster is nothing", () => {
    assert.match(
      texts(checkLostOptions(desiredMesh(), liveWith({ workloads }))).join(),
      /^info control plane 1-28-2: .*fix: compare/,
    );
    assert.deepEqual(checkLostOptions(desiredMesh(), liveWith()), []);
  });
});
