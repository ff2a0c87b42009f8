import type { Finding } from "../../../mesh/checks/finding";
import { findingsOf } from "../../../mesh/checks/findings";
import type { JsonObject } from "../../../mesh/common/json";
import type { K8sObject } from "../../../mesh/k8s/objects";
import { nameOf, namespaceOf } from "../../../mesh/k8s/workload";
import { RESOURCES, type ResourceId } from "../../../mesh/snapshot/resources";
import { isUnread, unreadBy } from "../../../mesh/snapshot/snapshot";
import { type ApiError, type Cluster, isForbidden } from "../../cluster/cluster";
import { Discovery } from "../../cluster/discovery";
import { inParallel } from "../../cluster/inParallel";
import { getObject, listAll, listIfServed } from "../../cluster/objects";
import { type ListScope, readList, requireList } from "../../cluster/snapshot";

function unreadable(kind: string, { message, status }: ApiError): Finding {
  const { unread, fix } = unreadBy(message, status);
  const reason = `may not be read, so what follows from it is not checked: ${unread}`;
  return findingsOf("not-checked").warning(kind, reason, fix);
}

/** So many objects of a list are read one by one, because the list may be long. */
const FEW = 2;

/** A cluster that is asked each question until it has answered it. */
function askedOnce(cluster: Cluster): Cluster {
  const answers = new Map<string, ReturnType<Cluster["call"]>>();
  return {
    call: (method, path, ...rest) => {
      if (method !== "GET") {
        return cluster.call(method, path, ...rest);
      }
      const answer = answers.get(path) ?? cluster.call(method, path);
      answers.set(path, answer);
      answer.catch(() => answers.delete(path));
      return answer;
    },
  };
}

/**
 * Reads what checks before an update need, all of it once. A kind that the user may not read becomes
 * a finding, and the checks that need it are left out. Any other failure is an error.
 */
export class Reader {
  readonly cluster: Cluster;
  readonly discovery: Discovery;
  private readonly refused = new Map<string, Finding>();

  /** @param discovery what is known already about the cluster's API server */
  constructor(cluster: Cluster, discovery?: Discovery) {
    this.cluster = askedOnce(cluster);
    this.discovery = discovery ?? new Discovery(this.cluster);
  }

  /** One for each kind that may not be read. */
  get findings(): Finding[] {
    return [...this.refused.values()];
  }

  /** The kinds that may not be read. */
  get refusedKinds(): ReadonlySet<string> {
    return new Set(this.refused.keys());
  }

  private async permitted<T>(kind: string, read: () => Promise<T>, otherwise: T): Promise<T> {
    try {
      return await read();
    } catch (error) {
      if (!isForbidden(error)) {
        throw error;
      }
      this.refused.set(kind, unreadable(kind, error));
      return otherwise;
    }
  }

  /** Lists a resource. Empty if it may not be read. */
  list(id: ResourceId, scope: ListScope = {}): Promise<readonly K8sObject[]> {
    return this.permitted(RESOURCES[id].kind, () => requireList(this.cluster, id, scope), []);
  }

  /** Lists a resource in some namespaces. */
  async listIn(id: ResourceId, namespaces: readonly string[]): Promise<readonly K8sObject[]> {
    const all = namespaces.length > FEW ? await readList(this.cluster, id) : undefined;
    if (all === undefined || isUnread(all)) {
      const each = (namespace: string) => this.list(id, { namespace });
      return (await inParallel(namespaces, each)).flat();
    }
    return all.filter((object) => namespaces.includes(namespaceOf(object)));
  }

  /** Lists a kind in a version that only the cluster knows. Empty if it is not served. */
  async listKind(apiVersion: string, resource: string, kind: string): Promise<JsonObject[]> {
    const path = `/apis/${apiVersion}/${resource}`;
    return this.permitted(kind, () => listIfServed(this.cluster, path), []);
  }

  /** Returns one object, `absent` if it does not exist, or `refused` if it may not be read. */
  async find(path: string, kind: string): Promise<JsonObject | "absent" | "refused"> {
    const read = async () => (await getObject(this.cluster, path)) ?? "absent";
    return this.permitted<JsonObject | "absent" | "refused">(kind, read, "refused");
  }

  /** Returns one object, or `undefined` if it does not exist or may not be read. */
  async get(path: string, kind: string): Promise<JsonObject | undefined> {
    return this.permitted(kind, () => getObject(this.cluster, path), undefined);
  }

  /**
   * Returns those of the objects that exist.
   *
   * @param list the path of their list
   */
  async named(list: string, kind: string, names: readonly string[]): Promise<JsonObject[]> {
    const all = names.length > FEW ? await this.listIfAllowed(list) : undefined;
    if (all !== undefined) {
      return all.filter((object) => names.includes(nameOf(object)));
    }
    const found = await inParallel(names, (name) => this.get(`${list}/${name}`, kind));
    return found.filter((object) => object !== undefined);
  }

  /** A user who may not list objects may still read each. */
  private async listIfAllowed(path: string): Promise<JsonObject[] | undefined> {
    try {
      return await listAll(this.cluster, path);
    } catch (error) {
      if (isForbidden(error)) {
        return undefined;
      }
      throw error;
    }
  }
}
