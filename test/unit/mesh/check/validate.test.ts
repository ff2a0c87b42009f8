import assert from "node:assert/strict";
import type { Finding } from "../../../../mesh/checks/finding";
import { checkCa } from "../../../../mesh/checks/validate/certificates";
import type { CaSource, MeshState } from "../../../../mesh/checks/validate/state";
import { validateMesh } from "../../../../mesh/checks/validate/validate";
import { endOf, parsePem } from "../../../../mesh/checks/validate/x509";
import { deepClone, isObject, type JsonObject } from "../../../../mesh/common/json";
import type { Read } from "../../../../mesh/snapshot/snapshot";
import { parseSync } from "../../../../mesh/snapshot/sync";
import { NEW, NEWEST, OLD, PREVIOUS } from "../../../../toolchain/versions";
import { minorAfter, minorsBefore } from "../../../support/minors";
import { pattern } from "../../../support/pattern";
import { configurations } from "../../injection/scenarios";
import {
  EDGE,
  GATEWAY_LABELS,
  gateway,
  goodMesh,
  istiod,
  NOW,
  pem,
  pod,
  service,
} from "./goodMesh";

type State = Read<MeshState>;

const DAY_MS = 86_400_000;

/** What is found worse than `info` in the good mesh with some parts changed. */
function faults(change: (good: State) => Partial<MeshState> = () => ({})): Finding[] {
  const good = goodMesh();
  return validateMesh({ ...good, ...change(good) }).filter(
    ({ severity }) => severity === "error" || severity === "warning",
  );
}

/** The one fault that a change makes; it has a fix, as each has to. */
function fault(check: string, change: (good: State) => Partial<MeshState>): Finding {
  const found = faults(change);
  const [first] = found.filter((finding) => finding.check === check);
  assert.ok(first, `no fault of ${check} among ${JSON.stringify(found, null, 1)}`);
  for (const { object, fix } of found) {
    assert.ok(fix !== undefined && fix !== "", `${object} has no fix`);
  }
  return first;
}

/** The only fault there is. */
function onlyFault(check: string, change: (good: State) => Partial<MeshState>): Finding {
  fault(check, change);
  const found = faults(change);
  assert.equal(found.length, 1, JSON.stringify(found, null, 1));
  return found[0] as Finding;
}

function changed<T extends JsonObject>(object: T, change: (copy: JsonObject) => void): T {
  const copy = deepClone(object);
  change(copy);
  return copy;
}

function withLabels(good: State, name: string, labels: Record<string, string>) {
  return good.namespaces.map((each) =>
    isObject(each.metadata) && each.metadata.name === name
      ? { metadata: { ...each.metadata, labels } }
      : each,
  );
}

describe("mesh validate", () => {
  describe("a mesh in which all is well", () => {
    it("has no finding above info, and each check says so", () => {
      assert.deepEqual(faults(), []);
      const checks = new Set(validateMesh(goodMesh()).map(({ check }) => check));
      assert.deepEqual(
        [...checks],
        [
          "api-server",
          "istio-apis",
          "control-plane",
          "control-plane-service",
          "ca-certificate",
          "injection-webhook",
          "validation-webhook",
          "revision-tag",
          "namespace-label",
          "injection",
          "proxy-missing",
          "mtls-conflict",
          "gateway",
          "gateway-image",
          "gateway-service",
          "service-revision",
          "gateway-revision",
          "gateway-selector",
          "gateway-certificate",
          "workload-certificate",
          "trust",
          "foreign-entries",
          "drain-time",
          "proxy-sync",
          "proxy-version",
        ],
      );
    });

    it("everything unread is told, and nothing else fails for it", () => {
      const unread = { unread: "pods is forbidden" };
      const found = validateMesh({ ...goodMesh(), pods: unread, sync: unread });
      assert.deepEqual(
        faults(() => ({ pods: unread, sync: unread })),
        [],
      );
      const told = found.filter(
        ({ reason }) => reason === "not checked: because pods is forbidden",
      );
      assert.deepEqual(
        told.map(({ check, severity }) => `${check} ${severity}`),
        [
          "control-plane info",
          "proxy-missing info",
          "mtls-conflict info",
          "gateway info",
          "gateway-image info",
          "service-revision info",
          "gateway-revision info",
          "gateway-selector info",
          "proxy-ca info",
          "proxy-sync info",
          "proxy-version info",
        ],
      );
    });

    it("a cluster without a mesh has no control plane, and no other error", () => {
      const nothing = goodMesh();
      const none = {
        crds: [],
        mutatingWebhooks: [],
        validatingWebhooks: [],
        workloads: [],
        pods: [],
        services: [],
        endpointSlices: [],
        configMaps: [],
        gatewayResources: [],
        caSources: [],
        gatewayCertificates: [],
        workloadCertificates: [],
        sync: [],
      };
      const namespaces = withLabels(nothing, "shop", {});
      assert.match(
        onlyFault("control-plane", () => ({ ...none, namespaces })).reason,
        /no control plane/,
      );
    });
  });

  describe("Istio's APIs", () => {
    function withCrd(change: (crd: JsonObject) => void) {
      return (good: State) => ({
        crds: good.crds.map((each) =>
          (each.metadata as JsonObject).name === "gateways.networking.istio.io"
            ? changed(each, change)
            : each,
        ),
      });
    }

    it("a CRD that is gone", () => {
      const found = fault("istio-apis", ({ crds }) => ({ crds: crds.slice(1) }));
      assert.match(found.object, /authorizationpolicies\.security\.istio\.io/);
      assert.match(
        found.reason,
        pattern`is not there; watched by v1: istiod ${OLD} \(${PREVIOUS}\), istiod ${NEW}`,
      );
    });

    it("one that is not established", () => {
      const found = fault(
        "istio-apis",
        withCrd((crd) => {
          crd.status = { conditions: [{ type: "Established", status: "False" }] };
        }),
      );
      assert.match(found.reason, /not established/);
    });

    it("a version that is not served", () => {
      const found = fault(
        "istio-apis",
        withCrd((crd) => {
          crd.spec = {
            versions: [
              { name: "v1", served: false },
              { name: "v1beta1", served: true },
            ],
          };
        }),
      );
      assert.match(found.reason, /serves v1beta1 and not v1/);
      assert.match(
        found.fix ?? "",
        /kubectl apply --server-side --force-conflicts .*-gateways\.networking\.istio\.io\.yaml$/,
      );
    });

    it("control planes older than 1.26 watch the older versions", () => {
      const workloads = [{ kind: "Deployment" as const, object: istiod(OLD, "1.24.3") }];
      assert.match(fault("istio-apis", () => ({ workloads })).reason, /not v1(alpha3|beta1)/);
    });
  });

  describe("control planes", () => {
    it("an istiod that is scaled to 0", () => {
      const found = fault("control-plane", (good) => ({
        workloads: good.workloads.map((each, index) =>
          index === 1
            ? {
                ...each,
                object: changed(each.object, (copy) => {
                  copy.spec = { ...(copy.spec as JsonObject), replicas: 0 };
                }),
              }
            : each,
        ),
      }));
      assert.equal(found.object, `istiod ${NEW} (${NEWEST})`);
      assert.match(found.reason, /scaled to 0/);
      assert.equal(
        found.fix,
        `scale it up: kubectl scale -n istio-system deploy/istiod-${NEW} --replicas=1`,
      );
    });

    it("a Service without ready endpoints", () => {
      const found = fault("control-plane-service", (good) => ({
        endpointSlices: good.endpointSlices.slice(1),
      }));
      assert.equal(found.object, `Service istio-system/istiod-${OLD}`);
    });
  });

  describe("webhooks", () => {
    it("an injector without caBundle", () => {
      const found = onlyFault("injection-webhook", (good) => ({
        mutatingWebhooks: good.mutatingWebhooks.map((each, index) =>
          index === 0
            ? changed(each, (copy) => {
                for (const webhook of copy.webhooks as JsonObject[]) {
                  (webhook.clientConfig as JsonObject).caBundle = "";
                }
              })
            : each,
        ),
      }));
      assert.match(found.reason, /no caBundle/);
      assert.match(found.fix ?? "", /rollout restart/);
    });

    it("an injector whose Service is gone", () => {
      const found = fault("injection-webhook", (good) => ({ services: good.services.slice(1) }));
      assert.match(found.reason, new RegExp(`istio-system/istiod-${OLD}, which does not exist`));
    });

    it("the default validator points at a Service that is gone", () => {
      const found = onlyFault("validation-webhook", (good) => ({
        validatingWebhooks: good.validatingWebhooks.map((each) =>
          changed(each, (copy) => {
            const [webhook] = copy.webhooks as JsonObject[];
            (webhook?.clientConfig as JsonObject).service = {
              namespace: "istio-system",
              name: "istiod-1-27-0",
            };
          }),
        ),
      }));
      assert.match(found.reason, /istio-system\/istiod-1-27-0, which does not exist/);
      assert.match(found.fix ?? "", pattern`mesh:tags: \{ default: ${OLD} \}`);
    });

    it("a validator that istiod has not reached yet is a warning", () => {
      const found = onlyFault("validation-webhook", (good) => ({
        validatingWebhooks: good.validatingWebhooks.map((each) =>
          changed(each, (copy) => {
            const [webhook] = copy.webhooks as JsonObject[];
            Object.assign(webhook ?? {}, { failurePolicy: "Ignore" });
            (webhook?.clientConfig as JsonObject).caBundle = "";
          }),
        ),
      }));
      assert.equal(found.severity, "warning");
    });

    it("a tag of a revision without istiod", () => {
      const found = fault("revision-tag", (good) => ({
        workloads: good.workloads.filter(
          ({ object }) => (object.metadata as JsonObject).name !== `istiod-${OLD}`,
        ),
      }));
      assert.equal(found.object, "tag prod");
      assert.match(found.fix ?? "", pattern`mesh:tags: \{ prod: ${NEW} \}`);
    });

    it("two webhooks that inject the same pods", () => {
      const found = fault("injection", (good) => ({
        mutatingWebhooks: [
          ...good.mutatingWebhooks,
          changed(good.mutatingWebhooks[0] as JsonObject, (copy) => {
            (copy.metadata as JsonObject).name = "copy";
          }),
        ],
        namespaces: withLabels(good, "shop", { "istio.io/rev": OLD }),
      }));
      assert.match(found.reason, /more than one webhook injects the pod/);
    });
  });

  describe("namespaces", () => {
    it("a revision that is not there, and the near one", () => {
      const found = onlyFault("namespace-label", (good) => ({
        namespaces: withLabels(good, "shop", { "istio.io/rev": `${NEW}1` }),
      }));
      assert.equal(found.object, "Namespace shop");
      assert.match(
        found.reason,
        pattern`label istio\.io/rev=${NEW}1.*there are: ${OLD}, ${NEW}, prod`,
      );
      assert.match(
        found.fix ?? "",
        pattern`^kubectl label namespace shop istio\.io/rev=${NEW} --overwrite`,
      );
    });

    it("both labels, and none injects: an error", () => {
      const labels = { "istio-injection": "enabled", "istio.io/rev": NEW };
      const found = onlyFault("namespace-label", (good) => ({
        namespaces: withLabels(good, "shop", labels),
      }));
      assert.match(found.reason, /has both labels .*: no webhook injects its pods/);
      assert.equal(found.severity, "error");
      assert.equal(found.fix, "keep one: kubectl label namespace shop istio-injection-");
    });

    it("both labels that lead to the same revision: a warning", () => {
      const labels = { "istio-injection": "enabled", "istio.io/rev": OLD };
      const found = onlyFault("namespace-label", (good) => ({
        namespaces: withLabels(good, "shop", labels),
        mutatingWebhooks: configurations("old", "new", "tag-default-old", "prod-old"),
        services: [
          ...good.services,
          service("istiod-revision-tag-default", "istio-system", { app: "istiod" }),
        ],
        endpointSlices: [
          ...good.endpointSlices,
          ...good.endpointSlices.slice(0, 1).map((each) =>
            changed(each, (copy) => {
              (copy.metadata as JsonObject).labels = {
                "kubernetes.io/service-name": "istiod-revision-tag-default",
              };
            }),
          ),
        ],
      }));
      assert.equal(found.severity, "warning");
      assert.match(found.reason, pattern`${OLD} injects its pods`);
    });

    it("istio-injection=enabled, and no default revision", () => {
      const found = onlyFault("injection", (good) => ({
        namespaces: withLabels(good, "shop", { "istio-injection": "enabled" }),
      }));
      assert.equal(found.object, "Namespace shop");
      assert.match(found.reason, /no webhook of a revision or tag default/);
    });

    it("a managed revision of Google's is known without an istiod", () => {
      assert.deepEqual(
        faults((good) => ({
          namespaces: withLabels(good, "shop", { "istio.io/rev": "asm-managed" }),
        })),
        [],
      );
    });
  });

  describe("gateways", () => {
    const auto = () => pod("web-0", EDGE, GATEWAY_LABELS, { image: "auto", status: {} });

    it("a pod left on image auto; the webhook would inject it now", () => {
      const found = fault("gateway-image", () => ({ pods: [auto()] }));
      assert.match(found.reason, pattern`istio-sidecar-injector-${OLD}/rev\.object.* should have`);
      assert.match(found.fix ?? "", /kubectl -n istio-gateways delete pod web-0/);
    });

    it("a pod left on image auto, and why no webhook injects it", () => {
      const found = fault("gateway-image", (good) => ({
        pods: [auto()],
        namespaces: withLabels(good, EDGE, { "istio-injection": "disabled" }),
      }));
      assert.match(found.reason, /the namespace has the label istio-injection=disabled/);
      assert.match(
        found.fix ?? "",
        /^kubectl label namespace istio-gateways istio-injection-; then kubectl/,
      );
    });

    it("a gateway without an available pod, with what holds it up", () => {
      const waiting = { waiting: { reason: "ImagePullBackOff", message: "no such image" } };
      const found = fault("gateway", (good) => ({
        workloads: good.workloads.map((each, index) =>
          index === 2 ? { ...each, object: { ...each.object, status: { conditions: [] } } } : each,
        ),
        pods: [
          pod("web-0", EDGE, GATEWAY_LABELS, {
            status: {
              conditions: [{ type: "Ready", status: "False" }],
              containerStatuses: [{ name: "istio-proxy", ready: false, state: waiting }],
            },
          }),
        ],
      }));
      assert.match(
        found.reason,
        /pod web-0, container istio-proxy: ImagePullBackOff: no such image/,
      );
    });

    it("a Service whose selector misses the pods", () => {
      const found = onlyFault("gateway-service", (good) => ({
        services: [
          ...good.services.slice(0, 3),
          service("web", EDGE, { app: "web", istio: "ingress" }),
        ],
      }));
      assert.match(
        found.reason,
        /the nearest, web, asks for istio=ingress, and they have istio=ingressgateway/,
      );
      assert.match(
        found.fix ?? "",
        /kubectl -n istio-gateways patch service web --type=merge -p '\{"spec":\{"selector":\{"istio":"ingressgateway"\}\}\}'$/,
      );
    });

    it("a revision that stands by while the Service selects another one is no fault", () => {
      const standBy = changed(gateway(), (copy) => {
        (copy.metadata as JsonObject).name = "web-next";
        const labels = { ...GATEWAY_LABELS, app: "web", version: "next" };
        copy.spec = {
          ...(copy.spec as JsonObject),
          selector: { matchLabels: { version: "next" } },
          template: {
            ...((copy.spec as JsonObject).template as JsonObject),
            metadata: {
              labels,
              annotations: { "inject.istio.io/templates": "gateway" },
            },
          },
        };
      });
      const active = changed(gateway(), (copy) => {
        const template = (copy.spec as JsonObject).template as JsonObject;
        (template.metadata as JsonObject).labels = { ...GATEWAY_LABELS, version: "now" };
      });
      assert.deepEqual(
        faults((good) => ({
          workloads: [
            ...good.workloads.slice(0, 2),
            { kind: "Deployment", object: active },
            { kind: "Deployment", object: standBy },
          ],
          services: [
            ...good.services.slice(0, 3),
            service("web", EDGE, { app: "web", version: "now" }),
          ],
        })),
        [],
      );
    });

    it("pods of a revision that is gone", () => {
      const found = onlyFault("gateway-revision", (good) => ({
        pods: [pod("web-0", EDGE, GATEWAY_LABELS, { annotations: { "istio.io/rev": "1-27-0" } })],
        sync: good.sync,
      }));
      assert.match(found.reason, /revision 1-27-0, whose control plane is gone/);
    });

    it("pods that a moved tag has left behind", () => {
      const labels = { ...GATEWAY_LABELS, "istio.io/rev": "prod" };
      const found = onlyFault("gateway-revision", () => ({
        pods: [pod("web-0", EDGE, labels, { annotations: { "istio.io/rev": NEW } })],
        sync: [],
      }));
      assert.equal(found.severity, "warning");
      assert.match(found.fix ?? "", /rollout restart deployment\/web/);
    });

    it("pods that the label of their namespace injects, before and after it moves", () => {
      const { "istio.io/rev": _, ...labels } = GATEWAY_LABELS;
      const of = (good: State, revision: string) => ({
        namespaces: good.namespaces.map((one) =>
          (one.metadata as JsonObject).name === EDGE
            ? changed(one, (copy) => {
                copy.metadata = { name: EDGE, labels: { "istio.io/rev": revision } };
              })
            : one,
        ),
        pods: [pod("web-0", EDGE, labels, { annotations: { "istio.io/rev": NEW } })],
        sync: [],
      });
      const ofRevision = (all: Finding[]) =>
        all.filter(({ check }) => check === "gateway-revision");
      assert.deepEqual(ofRevision(faults((good) => of(good, NEW))), []);
      const [found] = ofRevision(faults((good) => of(good, OLD)));
      assert.equal(found?.severity, "warning");
      assert.match(
        found?.reason ?? "",
        pattern`of another revision than ${OLD}, which the label of their namespace asks for now`,
      );
    });

    it("a Gateway resource that selects nothing", () => {
      const found = onlyFault("gateway-selector", (good) => ({
        gatewayResources: [
          changed(good.gatewayResources[0] as JsonObject, (copy) => {
            copy.spec = { selector: { istio: "ingresgateway" } };
          }),
        ],
      }));
      assert.match(found.reason, /istio=ingresgateway matches no pod/);
      assert.match(found.fix ?? "", /write "istio: ingressgateway"/);
    });

    it("a drain above the grace period, by annotation and by the mesh", () => {
      const withGateway = (object: JsonObject) => (good: State) => ({
        workloads: [...good.workloads.slice(0, 2), { kind: "Deployment" as const, object }],
      });
      assert.match(
        onlyFault("drain-time", withGateway(gateway({ drain: "80s" }))).reason,
        /drains 80 s .* after 75 s/,
      );
      assert.match(
        onlyFault("drain-time", withGateway(gateway({ graceSeconds: 20 }))).reason,
        /drains 20 s \(the mesh's terminationDrainDuration\)/,
      );
      assert.deepEqual(faults(withGateway(gateway({ drain: "74s" }))), []);
    });
  });

  it("the drain of a gateway without a revision label is that of its namespace's revision", () => {
    const own = gateway({ graceSeconds: 20 });
    const object = changed(own, (copy) => {
      const { "istio.io/rev": _, ...labels } = GATEWAY_LABELS;
      const { template } = copy.spec as { template: { metadata: JsonObject } };
      template.metadata = { ...template.metadata, labels };
    });
    const drainFaults = (revision: string) =>
      faults((good) => ({
        workloads: [...good.workloads.slice(0, 2), { kind: "Deployment" as const, object }],
        namespaces: [
          ...good.namespaces.filter((one) => (one.metadata as JsonObject).name !== EDGE),
          { metadata: { name: EDGE, labels: { "istio.io/rev": revision } } },
        ],
      })).filter(({ check }) => check === "drain-time");
    assert.equal(drainFaults(OLD).length, 1, "its mesh configuration has 20 s");
    assert.deepEqual(drainFaults(NEW), []);
  });

  describe("certificates", () => {
    const roots = parsePem(pem("root"));

    function caFaults(now: number): Finding[] {
      return checkCa({ caSources: goodMesh().caSources, now }).filter(
        ({ severity }) => severity !== "ok",
      );
    }

    it("a root is fine, a warning within 30 days, an error once it has expired", () => {
      const end = endOf(roots[0] as (typeof roots)[0]);
      assert.deepEqual(caFaults(end - 31 * DAY_MS), []);
      assert.equal(caFaults(end - 29 * DAY_MS)[0]?.severity, "warning");
      assert.match(caFaults(end - 29 * DAY_MS)[0]?.reason ?? "", /expires in 29 days/);
      assert.equal(caFaults(end + 1000)[0]?.severity, "error");
      assert.match(caFaults(end + 1000)[0]?.reason ?? "", /has expired on/);
    });

    it("plugged-in certificates have a fix of their own", () => {
      const caSources = [
        { title: "Secret istio-system/cacerts", certificates: { "ca-cert.pem": pem("root") } },
      ];
      const [found] = checkCa({ caSources, now: NOW + 11 * 365 * DAY_MS });
      assert.match(found?.fix ?? "", /replace the Secret cacerts/);
    });

    it("a Secret that is no certificate, and one that may not be read", () => {
      const broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";
      const caSources: CaSource[] = [
        { title: "Secret istio-system/cacerts", certificates: { "ca-cert.pem": broken } },
        { title: "Secrets of the CA", certificates: { unread: "secrets is forbidden" } },
      ];
      assert.deepEqual(
        checkCa({ caSources, now: NOW }).map(({ severity }) => severity),
        ["error", "info"],
      );
    });
  });

  describe("proxies", () => {
    const answer = (...proxies: object[]) => JSON.stringify(proxies);

    it("reads what istiod says", () => {
      const text = answer(
        {
          proxy: "web-0.istio-gateways",
          istio_version: NEWEST,
          cluster_sent: "a",
          cluster_acked: "a",
          route_sent: "",
        },
        {
          proxy: "cart-0.shop",
          istio_version: PREVIOUS,
          cluster_sent: "b",
          cluster_acked: "a",
          listener_sent: "c",
        },
      );
      assert.deepEqual(parseSync(text), [
        { pod: "web-0", namespace: "istio-gateways", version: NEWEST, stale: [] },
        { pod: "cart-0", namespace: "shop", version: PREVIOUS, stale: ["cluster", "listener"] },
      ]);
      assert.throws(() => parseSync('{"message":"no"}'), /not a list/);
    });

    function withProxy(more: object) {
      return ({ sync }: State) => ({
        sync: sync.map((each, index) =>
          index === 0 && Array.isArray(each.proxies)
            ? {
                ...each,
                proxies: each.proxies.map((proxy) =>
                  proxy.pod === "web-0" ? { ...proxy, ...more } : proxy,
                ),
              }
            : each,
        ),
      });
    }

    it("a proxy that has not taken its configuration", () => {
      const found = onlyFault("proxy-sync", withProxy({ stale: ["route"] }));
      assert.match(found.reason, pattern`\(route\) by istiod ${OLD} .*STALE`);
    });

    it("a proxy that no istiod knows; not where an istiod does not answer", () => {
      const gone = withProxy({ pod: "other" });
      assert.match(onlyFault("proxy-sync", gone).reason, /connected to no istiod/);
      assert.deepEqual(
        faults((good) => ({
          sync: good.sync.map((each) => ({ ...each, proxies: { unread: "no answer" } })),
        })),
        [],
      );
    });

    it("a proxy ahead of its control plane, or two minors behind", () => {
      assert.match(
        onlyFault("proxy-version", withProxy({ version: minorAfter(PREVIOUS) })).fix ?? "",
        /upgrade the control plane/,
      );
      assert.match(
        onlyFault("proxy-version", withProxy({ version: minorsBefore(2, PREVIOUS) })).fix ?? "",
        /restart its workload/,
      );
      assert.deepEqual(faults(withProxy({ version: minorsBefore(1, PREVIOUS) })), []);
    });
  });
});
