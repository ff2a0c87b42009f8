import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { load } from "js-yaml";
import { overlayLibrary } from "../../adapters/overlays";
import { renderTools } from "../../adapters/renderTools";
import { InvalidInput } from "../../mesh/common/problem";
import { type K8sObject, objectTitle } from "../../mesh/k8s/objects";
import { generateManifests } from "../../mesh/plan/generate";
import { planMesh } from "../../mesh/plan/meshPlan";
import { setupProject } from "../../toolchain/officialCharts";
import { chartsFolder, extraProgram, versions } from "../../toolchain/setup";
import { withoutNulls } from "../support/manifests";
import { temporaryFolder } from "../support/temporary";
import type { Case } from "./cases";
import { generatedByIstioctl } from "./istioctlOutputs";

/** `npm run conformance -- --istio VERSIONS` names others. */
export const COMPARED: readonly string[] =
  process.env.CONFORMANCE_ISTIO?.split(",") ?? versions.istio.compared;

/** The tools that rendering takes, and istioctl of each version that is compared. */
export async function toolsForCompared(context: Mocha.Context): Promise<{ readonly home: string }> {
  context.timeout(0);
  const istioctls = COMPARED.map((version) => `istioctl-${version}`);
  return setupProject({ istio: COMPARED, with: istioctls });
}

/** What a tool makes of a case: objects by title, or a refusal. */
export type Outcome =
  | { readonly objects: Readonly<Record<string, K8sObject>> }
  | { readonly refusal: string };

/** Where both tools find Istio of one version. */
export interface Side {
  readonly version: string;
  readonly istioctl: string;
  /** Istio's manifests folder. */
  readonly manifests: string;
  /** The folder that has such folders by version. */
  readonly charts: string;
}

/** The tools of a version that is set up. */
export function sideOf(version: string): Side {
  const manifests = chartsFolder(version);
  const istioctl = extraProgram(`istioctl-${version}`);
  return { version, istioctl, manifests, charts: join(manifests, "..") };
}

/** CRDs are the same megabyte in every output, and hundreds of outputs are held at the same time. */
const parsed = new Map<string, K8sObject>();

/** Parses an object of istioctl's; nulls are left out. */
function parse(document: string): K8sObject {
  const known = parsed.get(document) ?? withoutNulls(load(document) as K8sObject);
  if (document.includes("\nkind: CustomResourceDefinition\n")) {
    parsed.set(document, known);
  }
  return known;
}

function parseStream(text: string): K8sObject[] {
  return text
    .split(/^---$/m)
    .filter((document) => document.trim() !== "")
    .map(parse);
}

/** Objects by title; one that is there twice, as with a revision tag named twice, has a number. */
function titled(objects: readonly K8sObject[]): Record<string, K8sObject> {
  const seen = new Map<string, number>();
  return Object.fromEntries(
    objects.map((object) => {
      const title = objectTitle(object);
      const count = (seen.get(title) ?? 0) + 1;
      seen.set(title, count);
      return [count === 1 ? title : `${title} #${count}`, object];
    }),
  );
}

/** CRs as files; JSON is YAML. */
function filesOf({ overlays }: Case, folder: string): string[] {
  return overlays.map((overlay) => {
    if (typeof overlay === "string") {
      return overlay;
    }
    const file = join(folder, `${readdirSync(folder).length}.yaml`);
    writeFileSync(file, JSON.stringify(overlay));
    return file;
  });
}

/** A case with its CRs in files that both tools read. */
export function withFiles(one: Case): Case {
  return { ...one, overlays: filesOf(one, temporaryFolder("conformance")) };
}

/** What the real istioctl prints. */
export async function istioctl(side: Side, one: Case): Promise<Outcome> {
  const { profile, overlays, set } = one;
  const settings = [...(profile === undefined ? [] : [`profile=${profile}`]), ...set];
  const files = overlays.map(String);
  const flags = (texts: readonly string[]) => [
    ...texts.flatMap((text) => ["-f", text]),
    ...settings.flatMap((setting) => ["--set", setting]),
  ];
  const contents = files.map((file) => readFileSync(resolve(side.manifests, file), "utf8"));
  const { code, stdout, stderr } = await generatedByIstioctl(side, flags(contents), flags(files));
  return code === 0 ? { objects: titled(parseStream(stdout)) } : { refusal: stderr.trim() };
}

/** What `mesh manifest generate` prints. */
export async function ours(side: Side, one: Case): Promise<Outcome> {
  const { profile, overlays, set } = one;
  const charts = { kind: "folder", path: side.charts } as const;
  try {
    const plan = planMesh(
      { version: side.version, profile, overlays, set, charts },
      overlayLibrary(),
    );
    const { objects } = await generateManifests(plan, renderTools(charts));
    return { objects: titled(objects.map(withoutNulls)) };
  } catch (error) {
    // Helm's own refusal counts too: istioctl has the same.
    const isHelm = error instanceof Error && error.message.startsWith("Helm cannot render");
    if (error instanceof InvalidInput || isHelm) {
      return { refusal: (error as Error).message };
    }
    throw error;
  }
}
