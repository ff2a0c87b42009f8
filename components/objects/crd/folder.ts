import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { dump } from "js-yaml";
import { identityOf, type K8sObject } from "../../../mesh/k8s/objects";
import type { CrdDelivery } from "./types";

/** Writes CRDs where Pulumi's Kubernetes provider renders them, under the names it gives them. */
export function folderDelivery(directory: string): CrdDelivery {
  const folder = join(directory, "0-crd");
  const fileOf = (crd: K8sObject) => {
    const { apiVersion, kind, name } = identityOf(crd);
    const file = `${apiVersion.replace("/", "_")}-${kind.toLowerCase()}-default-${name}.yaml`;
    return join(folder, file);
  };
  return {
    async apply(crd) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await writeFile(fileOf(crd), dump(crd, { sortKeys: true, lineWidth: -1 }), {
        mode: 0o600,
      });
    },
    async remove(crd) {
      await rm(fileOf(crd), { force: true });
    },
  };
}
