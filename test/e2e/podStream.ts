import { setTimeout as delay } from "node:timers/promises";
import type { JsonObject } from "../../mesh/common/json";
import type { K8sObject } from "../../mesh/k8s/objects";
import { getPath } from "../../mesh/k8s/path";
import { type LiveCluster, pathOf } from "../support/liveCluster";

/** One workload of a stream. */
export interface Streamed {
  readonly name: string;
  /** After which its pod was ready; `undefined` while none is. */
  readonly seconds?: number;
  /** How many pods were made for it: more than one where one was taken for broken. */
  readonly pods: number;
}

interface Options {
  readonly live: LiveCluster;
  readonly namespace: string;
  /** Of each pod. */
  readonly spec: Record<string, unknown>;
  readonly everyMs: number;
  /** Workloads that are not ready yet; no more are made while there are so many. */
  readonly mostOpen: number;
}

const LOOK_MS = 500;

/** What is known of one. */
interface Known {
  readonly begun: number;
  readonly pods: ReadonlySet<string>;
  readonly seconds?: number;
}

/** Makes workloads of one pod, one after the other, and deletes each once it is ready, until told to stop. */
export class PodStream {
  private readonly known = new Map<string, Known>();
  private making = true;
  private readonly loops: Promise<unknown>;

  constructor(private readonly options: Options) {
    this.loops = Promise.all([this.make(), this.watch()]);
  }

  get all(): Streamed[] {
    return [...this.known].map(([name, { pods, seconds }]) => ({
      ...{ name, pods: pods.size },
      ...(seconds !== undefined && { seconds }),
    }));
  }

  private get open(): string[] {
    return this.all.filter(({ seconds }) => seconds === undefined).map(({ name }) => name);
  }

  private object(name: string): K8sObject {
    const { namespace, spec } = this.options;
    const labels = { app: name };
    return {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name, namespace },
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec },
      },
    } as unknown as K8sObject;
  }

  private async make(): Promise<void> {
    const { live, everyMs, mostOpen } = this.options;
    for (let index = 0; this.making; ) {
      if (this.open.length < mostOpen) {
        const name = `stream-${index}`;
        this.known.set(name, { begun: Date.now(), pods: new Set() });
        await live.apply(this.object(name));
        index += 1;
      }
      await delay(everyMs);
    }
  }

  private async watch(): Promise<void> {
    while (this.making || this.open.length > 0) {
      for (const name of this.open) {
        await this.look(name);
      }
      await delay(LOOK_MS);
    }
  }

  private async look(name: string): Promise<void> {
    const { live, namespace } = this.options;
    const { status, body } = await live.cluster.call("GET", pathOf(this.object(name)));
    const known = this.known.get(name);
    if (status !== 200 || known === undefined) {
      return;
    }
    const list = await live.get(`/api/v1/namespaces/${namespace}/pods?labelSelector=app%3D${name}`);
    const uids = (list.items as JsonObject[]).map((pod) => String(getPath(pod, "metadata.uid")));
    const pods = new Set([...known.pods, ...uids]);
    const isReady = getPath(body, "status.readyReplicas") === 1;
    const seconds = isReady ? (Date.now() - known.begun) / 1000 : undefined;
    this.known.set(name, { begun: known.begun, pods, ...(seconds !== undefined && { seconds }) });
    if (isReady) {
      await live.remove(this.object(name));
    }
  }

  /** Makes no more, and waits for those that are under way. @returns all of them */
  async stop(timeoutMs: number): Promise<Streamed[]> {
    this.making = false;
    await Promise.race([this.loops, delay(timeoutMs, undefined, { ref: false })]);
    return this.all;
  }
}
