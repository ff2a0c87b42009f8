import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { dump } from "js-yaml";
import { identityOf, type K8sObject } from "../../../mesh/k8s/objects";
import type { CrdDelivery } from "./types";

/**
 * Writes CRDs to the folder and under the names that Pulumi's Kubernetes provider uses when it
 * renders.
 */
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
