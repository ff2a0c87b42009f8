import assert from "node:assert/strict";
import { statusText } from "../../../cli/statusText";
import { meshStatus } from "../../../mesh/status/status";
import type { MeshStatus } from "../../../mesh/status/types";
import { NEW, NEWEST, OLD, PREVIOUS } from "../../../toolchain/versions";
import { patchAfter } from "../../support/minors";
import { pattern } from "../../support/pattern";
import { configurations } from "../injection/scenarios";
import { liveGateway, namespace, plane, pod, state } from "./statusObjects";

const GATEWAY = {
  name: "web",
  namespace: "edge",
  replicas: 4,
  revisions: [
    { revision: OLD, weight: 75 },
    { revision: NEW, weight: 25 },
  ],
};

function example(): MeshStatus {
  const gateway = liveGateway(GATEWAY, [
    { ready: 3, tag: PREVIOUS },
    { ready: 1, tag: NEWEST },
  ]);
  return meshStatus(
    state({
      mutatingWebhooks: configurations("old", "new", "prod-new"),
      namespaces: [namespace("edge"), namespace("shop", { "istio.io/rev": "prod" })],
      deployments: [plane(OLD, PREVIOUS), plane(NEW, NEWEST), ...gateway.deployments],
      services: gateway.services,
      pods: [...gateway.pods, pod("shop", "cart-1", { revision: OLD, tag: PREVIOUS })],
    }),
  );
}

const EXAMPLE = `Control planes
REVISION  ISTIO   ISTIOD  WEBHOOKS  TAGS  GATEWAYS  NAMESPACES  WORKLOADS  PROXIES  IMAGE
${OLD}    ${PREVIOUS}  2/2     2         -     1         0           0          4        docker.io/istio/pilot:${PREVIOUS}
${NEW}    ${NEWEST}  2/2     2         prod  1         1           0          1        docker.io/istio/pilot:${NEWEST}

Tags
TAG   REVISION
prod  ${NEW}

Gateways
GATEWAY   KIND     REVISION  WEIGHT  WISHED  SHARE  PODS  ADDRESS
edge/web  ingress  ${OLD}    -       75 %    75 %   3/3   203.0.113.7 (LoadBalancer)
                   ${NEW}    -       25 %    25 %   1/1

Proxies
REVISION  ISTIO   PODS
${OLD}    ${PREVIOUS}  4
${NEW}    ${NEWEST}  1

Namespaces
NAMESPACE  LABEL              REVISION  INJECTED  UNINJECTED  AMBIENT  TO RESTART
edge       -                  -         4         0           0        0
shop       istio.io/rev=prod  ${NEW}    1         0           0        1

Pending
[restart] Namespace shop ... INFO
    1 pod to restart for the proxy of ${NEW}, by istio.io/rev=prod (1 of ${OLD})
    fix: set \`restart\` of the namespace in mesh:namespaces, or kubectl -n shop rollout restart deployment
`;

describe("mesh status: its text", () => {
  it("is tables, and what is pending below them", () => {
    assert.equal(statusText(example()), EXAMPLE);
  });

  it("says so when nothing is pending, and when there is no mesh", () => {
    assert.equal(
      statusText(meshStatus(state({}))),
      "There is no mesh in this cluster\n\nNothing is pending\n",
    );
  });

  it("says which list is missing, how to get it, and does not call the rest complete", () => {
    const unread = [{ list: "pods", reason: "pods is forbidden", fix: "grant ci" } as const];
    const text = statusText(meshStatus(state({ deployments: [plane(OLD, PREVIOUS)] }, { unread })));
    assert.match(text, /^pods: pods is forbidden\n {4}fix: grant ci$/m);
    assert.match(text, new RegExp(pattern`^${OLD} .* \? +docker\.io`, "m"));
    assert.match(text, /Nothing is pending, as far as can be read\n$/);
  });

  it("marks proxies that are older than their istiod", () => {
    const text = statusText(
      meshStatus(
        state({
          mutatingWebhooks: configurations("old"),
          deployments: [plane(OLD, patchAfter(PREVIOUS))],
          pods: [pod("shop", "cart", { revision: OLD, tag: PREVIOUS })],
        }),
      ),
    );
    assert.match(
      text,
      new RegExp(pattern`^${OLD} +${PREVIOUS} +1 +older than istiod: restart$`, "m"),
    );
  });

  it("colours only the words that end a line of what is pending", () => {
    const status = { ...example(), pending: [{ ...example().pending[0], severity: "error" }] };
    const text = statusText(status as MeshStatus, (sign, word) => `<${sign}${word}>`);
    assert.match(text, /^\[restart\] Namespace shop \.\.\. <-FAILED>$/m);
    assert.equal(text.match(/</g)?.length, 1);
  });
});
