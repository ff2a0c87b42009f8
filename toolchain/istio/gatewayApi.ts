import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { GatewayApiMinimum } from "../../mesh/model/minors";
import { sourceUrl } from "./sourceUrl";

/** Where Istio's sources have the table: since 1.30, and before. */
const FILES = ["pkg/config/schema/gatewayapi/minimumversions.go", "pkg/kube/kclient/crdwatcher.go"];

/** A row of the table, such as `"tlsroutes.gateway.networking.k8s.io": semver.New(1, 5, 0, "", "")`. */
const ROW = /"([a-z]+\.gateway\.networking\.k8s\.io)":\s*semver\.New\((\d+), (\d+), (\d+),/g;

/**
 * Returns the lowest release of the Gateway API with which istiod reads each kind, by the name of its
 * CRD.
 *
 * @param sources Istio's sources of a release
 * @throws Error if no file has the table, which would say that istiod reads all
 */
export function gatewayApiMinimum(
  sources: string,
  minor: string,
): Record<string, GatewayApiMinimum> {
  const found = FILES.flatMap((file) => {
    const path = join(sources, file);
    const text = existsSync(path) ? readFileSync(path, "utf8") : "";
    return [...text.matchAll(ROW)].map(([, crd = "", ...numbers]) => {
      const bundle = numbers.join(".");
      return [crd, { bundle, source: sourceUrl(minor, file) }] as const;
    });
  });
  if (found.length === 0) {
    throw new Error(
      `${sources}: neither ${FILES.join(" nor ")} has the lowest releases of the Gateway API; ` +
        "look where Istio keeps them now, and name that file in toolchain/istio/gatewayApi.ts",
    );
  }
  return Object.fromEntries(found);
}
