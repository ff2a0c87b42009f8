import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { dump } from "js-yaml";
import { identityOf } from "../../mesh/render/objects";
import type { CrdDelivery } from "./delivery";

/** Writes CRDs where Pulumi's Kubernetes provider renders them, under the names it gives them. */
export function folderDelivery(directory: string): CrdDelivery {
  const folder = join(directory, "0-crd");
  return {
    async apply(crd) {
      const { apiVersion, kind, name } = identityOf(crd);
      const file = `${apiVersion.replace("/", "_")}-${kind.toLowerCase()}-default-${name}.yaml`;
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await writeFile(join(folder, file), dump(crd, { sortKeys: true, lineWidth: -1 }), {
        mode: 0o600,
      });
    },
  };
}
