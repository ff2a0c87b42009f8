import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Minors } from "../../mesh/model/minors";
import { codeCell, table } from "./markdown";

interface Package {
  readonly engines: { readonly node: string };
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

/** Lists the Istio minors that the package knows, the newest first. */
export function istioTable({ names, facts }: Minors): string {
  const rows = [...names]
    .reverse()
    .map((minor) => [minor, facts(`${minor}.0`).minKubernetes.replace(/\.0$/, "")]);
  return table(["Istio", "lowest Kubernetes"], rows);
}

const SDKS = ["@pulumi/pulumi", "@pulumi/kubernetes", "@pulumi/gcp"];

/** Lists what a program that uses the package must also install. */
export function packageTable(root: string): string {
  const text = readFileSync(join(root, "package.json"), "utf8");
  const { engines, dependencies, peerDependencies } = JSON.parse(text) as Package;
  const ranges: Readonly<Record<string, string>> = { ...dependencies, ...peerDependencies };
  const rows = SDKS.flatMap((name) => {
    const range = ranges[name];
    return range === undefined ? [] : [[codeCell(name), codeCell(range)]];
  });
  return table(["package", "version"], [["Node.js", codeCell(engines.node)], ...rows]);
}
