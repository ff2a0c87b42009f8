import type { Finding } from "../../../mesh/checks/finding";
import { findingsOf } from "../../../mesh/checks/findings";
import type { JsonObject } from "../../../mesh/common/json";
import type { K8sObject } from "../../../mesh/k8s/objects";
import { RESOURCES, type ResourceId } from "../../../mesh/snapshot/resources";
import { unreadBy } from "../../../mesh/snapshot/snapshot";
import { type ApiError, type Cluster, isForbidden } from "../../cluster/cluster";
import { getObject, listIfServed } from "../../cluster/objects";
import { type ListScope, requireList } from "../../cluster/snapshot";

function unreadable(kind: string, { message, status }: ApiError): Finding {
  const { unread, fix } = unreadBy(message, status);
  const reason = `may not be read, so what follows from it is not checked: ${unread}`;
  return findingsOf("not-checked").warning(kind, reason, fix);
}

/**
 * Reads what checks before an update need. A kind that the user may not read becomes a finding, and
 * the checks that need it are left out. Any other failure is an error.
 */
export class Reader {
  private readonly refused = new Map<string, Finding>();

  constructor(private readonly cluster: Cluster) {}

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
}
