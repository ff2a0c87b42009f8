import type { Tool } from "../catalog";
import { binaryInstallers } from "./binary";
import { chartsInstallers } from "./charts";
import type { Installers } from "./installer";
import { kubernetesProviderInstallers } from "./kubernetesProvider";
import { moduleFileInstallers } from "./moduleFile";
import { cliInstallers } from "./pulumiCli";
import { wheelInstallers } from "./wheel";

export const installersOf: Readonly<Record<Tool["kind"], Installers>> = {
  cli: cliInstallers,
  provider: kubernetesProviderInstallers,
  charts: chartsInstallers,
  binary: binaryInstallers,
  moduleFile: moduleFileInstallers,
  wheel: wheelInstallers,
};
