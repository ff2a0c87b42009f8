import { join } from "node:path";
import { cliPath } from "./catalog";
import { setupPlaces } from "./places";
import { versions } from "./versions";

type Where = { readonly home?: string; readonly project?: string };

/**
 * Returns the folder with Istio's charts of a version, in the layout of Istio's `manifests`
 * folder. It exists after `setup`.
 *
 * @param version the Istio version @default the default Istio version
 * @example chartsFolder('1.30.4') // '<project>/.toolchain/charts/1.30.4'
 */
export function chartsFolder(version: string = versions.istio.default, where: Where = {}): string {
  return join(setupPlaces(where, process.env).charts, version);
}

/**
 * Returns the Pulumi CLI that set-up provides and that `npx pulumi` starts.
 *
 * @example pulumiProgram({ home: '/opt/pulumi' }) // '/opt/pulumi/versions/3.255.0/bin/pulumi'
 */
export function pulumiProgram(where: Where = {}): string {
  return cliPath(setupPlaces(where, process.env));
}

/**
 * Returns a program of an extra set by its file name. It exists after `setup({ with: [...] })`.
 *
 * @example extraProgram('kube-apiserver') // '<project>/.toolchain/bin/kube-apiserver'
 */
export function extraProgram(file: string, where: Where = {}): string {
  return join(setupPlaces(where, process.env).bin, file);
}
