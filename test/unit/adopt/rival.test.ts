import assert from "node:assert/strict";
import { deactivateDefaultInjector } from "../../../mesh/injection/deactivate";
import { isManagedBy } from "../../../mesh/k8s/managers";
import type { K8sObject } from "../../../mesh/k8s/objects";
import { newRivalries, rivalOf, rivalText } from "../../../mesh/ownership/rival";
import { NEW } from "../../../toolchain/versions";
import { pattern } from "../../support/pattern";
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

const isOwn = (object: K8sObject) => isManagedBy(object, STACK);

describe("adoption: an injector beside that of somebody else", () => {
  it("for the same pods is a rival; the text says how to make a tag the stack's", () => {
    const rival = rivalOf(planned, [tag], isOwn);
    assert.equal(rival, tag);
    const text = rivalText({ planned, rival: tag });
    assert.match(text, /same pods as MutatingWebhookConfiguration istio-revision-tag-default/);
    assert.match(text, /installed by istioctl/);
    assert.match(text, /pulumi config set --path mesh:tags\.default default/);
  });

  it("for the same revision is a rival too", () => {
    const place = { revision: NEW } as const;
    const own = injector("istio.io/rev", NEW, { name: "a", manager: STACK, ...place });
    const other = injector("istio.io/rev", NEW, { name: "b", manager: "helm", ...place });
    assert.equal(rivalOf(own, [other], isOwn), other);
    const text = rivalText({ planned: own, rival: other });
    assert.match(text, /installed by Helm; fix: give this control plane a revision of its own/);
    assert.match(text, pattern`\`pulumi config set mesh:revision ${NEW}-istio-system\``);
    assert.match(text, /kubectl delete mutatingwebhookconfiguration b$/);
  });

  it("is none for other pods, when it is deactivated, and when either is the stack's", () => {
    const [asleep] = deactivateDefaultInjector([planned]);
    assert.ok(asleep);
    assert.equal(rivalOf(asleep, [tag], isOwn), undefined);
    const [deactivated] = deactivateDefaultInjector([{ ...planned }]);
    assert.equal(
      rivalOf(tag, [deactivated as K8sObject], () => false),
      undefined,
    );
    assert.equal(
      rivalOf(planned, [planned], () => false),
      undefined,
    );
    assert.equal(rivalOf(tag, [planned], isOwn), undefined);
    const other = injector("istio.io/rev", NEW, { name: "b", manager: "helm" });
    assert.equal(rivalOf(planned, [other], isOwn), undefined);
  });

  it("has a way out that follows from whose the other one is", () => {
    const ofStack = { name: "b", manager: "pulumi-service-mesh/organization/mesh/other" };
    const wayBeside = (rival: K8sObject) => rivalText({ planned, rival }).split("; fix: ")[1];
    assert.match(
      wayBeside(enabled(ofStack)) ?? "",
      /any more: take the revision default out of the stack organization\/mesh\/other$/,
    );
    assert.match(
      wayBeside(enabled({ ...ofStack, tag: "default", revision: "r1" })) ?? "",
      /mesh:revision own`.*take the tag default out of the stack organization\/mesh\/other$/,
    );
    assert.match(
      wayBeside(enabled({ name: "b", manager: "istio-operator" })) ?? "",
      /istioctl uninstall --revision default$/,
    );
    const ownTag = enabled({ name: "t", manager: STACK, tag: "default", revision: "r1" });
    assert.match(
      rivalText({ planned: ownTag, rival: tag }),
      /fix: leave the tag default out: `pulumi config rm --path mesh:tags.default`; or, .* istioctl tag remove default$/,
    );
  });

  it("is no news where the stack stands beside it already", () => {
    assert.equal(newRivalries([planned], [tag], isOwn).length, 1);
    assert.deepEqual(newRivalries([planned], [tag, planned], isOwn), []);
    const [asleep] = deactivateDefaultInjector([planned]);
    assert.equal(newRivalries([planned], [tag, asleep as K8sObject], isOwn).length, 1);
  });
});
