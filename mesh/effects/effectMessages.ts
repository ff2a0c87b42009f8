import type { Sentence } from "../common/sentence";
import { serviceChanges } from "../gateway/change";
import type { ObjectEffects, ServiceFacts } from "../model/effects";

import { compareMaps } from "./compare";
import { configMessages, type LiveConfig } from "./configMessages";
import type { GatewayApiWorkload } from "./gatewayApi";
import { inputValue, NOTHING_TOLD, say, type Told, unmarked, warn } from "./sentences";
import { type LivePods, workloadMessages } from "./workloadMessages";

/** What the cluster says to a step. */
export interface LiveEffects extends LiveConfig {
  /** @default nothing is known of the cluster */
  readonly pods?: LivePods;
  /** Deployments that istiod runs for the Gateway API. @default nothing is known of the cluster */
  readonly gatewayApi?: readonly GatewayApiWorkload[];
}

const REACHED_FROM_OUTSIDE = ["LoadBalancer", "NodePort"];

/** What belongs to a workload of the same name is said with it. */
function hasWorkload(service: string, { workloads }: ObjectEffects): boolean {
  const place = service.split(" ")[1];
  return Object.keys(workloads).some((title) => title.split(" ")[1] === place);
}

function markedAddresses(reason: string, services: readonly ServiceFacts[]): string {
  const addresses = new Set(services.flatMap(({ loadBalancerIP }) => loadBalancerIP ?? []));
  return [...addresses].reduce((text, one) => text.replaceAll(one, inputValue(one)), reason);
}

function serviceMessages(before: ObjectEffects, after: ObjectEffects, told: Told): Sentence[] {
  const { added, removed, both } = compareMaps(before.services, after.services);
  const isSpoken = (title: string, effects: ObjectEffects) =>
    told.hasService(title) || hasWorkload(title, effects);
  return [
    ...removed
      .filter(
        ([title, { type }]) => REACHED_FROM_OUTSIDE.includes(type) && !isSpoken(title, before),
      )
      .map(([title, { type }]) => warn(`${title} (${type}) is deleted, and its address is lost.`)),
    ...added
      .filter(([title, { type }]) => REACHED_FROM_OUTSIDE.includes(type) && !isSpoken(title, after))
      .map(([title, { type }]) => say(`${title} is a new ${type} Service.`)),
    ...both
      .filter(([title]) => !told.hasService(title))
      .flatMap(([title, old, now]) =>
        serviceChanges(old, now).map(({ reason }) =>
          warn(`${title}: ${markedAddresses(reason, [old, now])}.`),
        ),
      ),
  ];
}

function selectorMessages(before: ObjectEffects, after: ObjectEffects): Sentence[] {
  return compareMaps(before.selectors, after.selectors)
    .both.filter(([, from, to]) => from !== to)
    .map(([title, from, to]) =>
      warn(
        title.startsWith("Service ")
          ? `${title} sends to pods with ${inputValue(to)} from now on (before: ${inputValue(from)}).`
          : `${title} is deleted and made again, because the selector of its pods changes from ${inputValue(from)} to ${inputValue(to)}.`,
      ),
    );
}

/**
 * Says what a step from some objects to others does: Services that go, pods that restart and why,
 * node agents, mesh config that changes what traffic may do, webhooks and whom they ask about.
 *
 * @param recorded what was kept of the objects before, maybe by an older version of this package:
 * nothing is said of what that version did not keep
 * @param told what other sentences say already @default nothing
 * @param isSecret whether the sentences leave values out, as they come from secrets @default false
 * @example
 * effectMessages(effectsOf(before), effectsOf(after)).map(({ text }) => text)
 * // ["the pods of Deployment istio-system/istiod (1 pod) restart: image docker.io/istio/pilot:1.28.2 becomes 1.29.1."]
 */
export function effectMessages(
  recorded: Partial<ObjectEffects>,
  after: ObjectEffects,
  {
    told = NOTHING_TOLD,
    live = {},
    isSecret = false,
  }: { readonly told?: Told; readonly live?: LiveEffects; readonly isSecret?: boolean } = {},
): Sentence[] {
  const before: ObjectEffects = { ...after, ...recorded };
  const sentences = [
    ...workloadMessages(before, after, { told, live: live.pods ?? {} }),
    ...serviceMessages(before, after, told),
    ...selectorMessages(before, after),
    ...configMessages(before, after, { told, live }),
  ];
  return unmarked(sentences, isSecret);
}
