import type { Finding } from "../../../mesh/checks/finding";
import type { JsonObject } from "../../../mesh/common/json";
import { decideFailedCall } from "../../../mesh/guard/access";
import type { K8sObject } from "../../../mesh/k8s/objects";
import { ApiError, type Cluster, isForbidden } from "../../cluster/cluster";
import { getObject, listAll } from "../../cluster/objects";

type Query = Readonly<Record<string, string>>;

const NOT_FOUND = 404;

function unreadable(what: string, { message, status }: ApiError): Finding {
  const decision = decideFailedCall(message, status);
  return {
    check: "not-checked",
    severity: "warning",
    object: what,
    reason: `may not be read, so what follows from it is not checked: ${message}`,
    fix: decision.kind === "fail" ? decision.fix : "let the user of the kubeconfig read it",
  };
}

/** Reads a cluster as far as one may; what may not be read becomes a finding. */
export class Reader {
  private readonly refused = new Map<string, Finding>();

  constructor(private readonly cluster: Cluster) {}

  /** One for each kind that may not be read. */
  get findings(): Finding[] {
    return [...this.refused.values()];
  }

  private async permitted<T>(what: string, read: () => Promise<T>, otherwise: T): Promise<T> {
    try {
      return await read();
    } catch (error) {
      if (isForbidden(error)) {
        this.refused.set(what, unreadable(what, error));
        return otherwise;
      }
      if (error instanceof ApiError && error.status === NOT_FOUND) {
        return otherwise; // a kind that the cluster does not serve
      }
      throw error;
    }
  }

  /** A list, each of whose items gets the kind that the API server leaves out. */
  async list(path: string, kind: string, query: Query = {}): Promise<K8sObject[]> {
    const items = await this.permitted(kind, () => listAll(this.cluster, path, query), []);
    const apiVersion = /^\/(?:api|apis)\/((?:[^/]+\/)?v[^/]+)\//.exec(path)?.[1] ?? "";
    return items.map((item) => ({ ...item, apiVersion, kind }) as K8sObject);
  }

  /** One object; `absent` where it does not exist, `refused` where it may not be read. */
  async find(path: string, kind: string): Promise<JsonObject | "absent" | "refused"> {
    const read = async () => (await getObject(this.cluster, path)) ?? "absent";
    return this.permitted<JsonObject | "absent" | "refused">(kind, read, "refused");
  }

  /** One object; `undefined` where it does not exist. */
  async get(path: string, kind: string): Promise<JsonObject | undefined> {
    return this.permitted(kind, () => getObject(this.cluster, path), undefined);
  }
}
