import assert from "node:assert/strict";
import { rivalOf, rivalText } from "../../../mesh/adopt/rival";
import type { K8sObject } from "../../../mesh/patch/types";
import { deactivateDefaultInjector } from "../../../mesh/tag/deactivate";
import { entry, STACK } from "./objects";

interface Injector {
  readonly name: string;
  readonly manager: string;
  readonly tag?: string;
  readonly revision?: string;
}

/** An injector that serves namespaces with the label `key=value`. */
function injector(
  key: string,
  value: string,
  { name, manager, tag, revision = "default" }: Injector,
): K8sObject {
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "MutatingWebhookConfiguration",
    metadata: {
      name,
      labels: { "istio.io/rev": revision, ...(tag !== undefined && { "istio.io/tag": tag }) },
      managedFields: [entry(manager, {})],
    },
    webhooks: [
      {
        name: "namespace.sidecar-injector.istio.io",
        clientConfig: { service: { name: "istiod", namespace: "istio-system" } },
        rules: [
          { operations: ["CREATE"], apiGroups: [""], apiVersions: ["v1"], resources: ["pods"] },
        ],
        namespaceSelector: { matchExpressions: [{ key, operator: "In", values: [value] }] },
      },
    ],
  };
}

const enabled = (options: Injector) => injector("istio-injection", "enabled", options);
const planned = enabled({ name: "istio-sidecar-injector", manager: STACK });
const tag = enabled({
  name: "istio-revision-tag-default",
  manager: "istio-operator",
  tag: "default",
});

describe("adoption: an injector beside that of somebody else (pain 6)", () => {
  it("for the same pods is a rival; the text says how to make a tag the stack's", () => {
    const rival = rivalOf(planned, [tag], STACK);
    assert.equal(rival, tag);
    const text = rivalText(planned, tag);
    assert.match(text, /same pods as MutatingWebhookConfiguration istio-revision-tag-default/);
    assert.match(text, /installed by istioctl/);
    assert.match(text, /pulumi config set --path mesh:tags\.default default/);
  });

  it("for the same revision is a rival too", () => {
    const place = { revision: "1-29-1" } as const;
    const own = injector("istio.io/rev", "1-29-1", { name: "a", manager: STACK, ...place });
    const other = injector("istio.io/rev", "1-29-1", { name: "b", manager: "helm", ...place });
    assert.equal(rivalOf(own, [other], STACK), other);
    assert.match(rivalText(own, other), /take it into the stack, or delete it first/);
  });

  it("is none for other pods, when it is deactivated, and when either is the stack's", () => {
    const [asleep] = deactivateDefaultInjector([planned]);
    assert.ok(asleep);
    assert.equal(rivalOf(asleep, [tag], STACK), undefined);
    const [deactivated] = deactivateDefaultInjector([{ ...planned }]);
    assert.equal(rivalOf(tag, [deactivated as K8sObject], "another"), undefined);
    assert.equal(rivalOf(planned, [planned], "another"), undefined);
    assert.equal(rivalOf(tag, [planned], STACK), undefined);
    const other = injector("istio.io/rev", "1-29-1", { name: "b", manager: "helm" });
    assert.equal(rivalOf(planned, [other], STACK), undefined);
  });
});
