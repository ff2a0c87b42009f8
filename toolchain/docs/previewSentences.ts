import { overlayLibrary } from "../../adapters/overlays";
import type { ServiceMeshInputs } from "../../mesh/model/serviceMeshInputs";
import { describeChange } from "../../mesh/plan/changeMessages";
import { planMesh } from "../../mesh/plan/meshPlan";
import { cell, table } from "./markdown";

const OLD = "1-28-2";
const NEW = "1-29-1";

interface Step {
  readonly title: string;
  readonly inputs: ServiceMeshInputs;
}

function inputsOf(
  revisions: readonly string[],
  weights: Readonly<Record<string, number>>,
  tag: string,
): ServiceMeshInputs {
  const versions: Readonly<Record<string, string>> = { [OLD]: "1.28.2", [NEW]: "1.29.1" };
  return {
    version: "1.28.2",
    profile: "minimal",
    revisions: revisions.map((revision) => ({ revision, version: versions[revision] })),
    tags: { stable: tag },
    namespaces: [{ name: "shop", revision: "stable" }],
    gateways: [
      {
        name: "web",
        namespace: "istio-gateways",
        replicas: 10,
        revisions: Object.entries(weights).map(([revision, weight]) => ({ revision, weight })),
      },
    ],
  };
}

const BEFORE = inputsOf([OLD], { [OLD]: 100 }, OLD);

/** The upgrade of the guide, each step as the inputs after it. */
const STEPS: readonly Step[] = [
  { title: "the new revision", inputs: inputsOf([OLD, NEW], { [OLD]: 100 }, OLD) },
  { title: "10 % of the gateway", inputs: inputsOf([OLD, NEW], { [OLD]: 90, [NEW]: 10 }, OLD) },
  { title: "cutover", inputs: inputsOf([OLD, NEW], { [NEW]: 100 }, OLD) },
  { title: "the tag", inputs: inputsOf([OLD, NEW], { [NEW]: 100 }, NEW) },
  { title: "the old revision goes", inputs: inputsOf([NEW], { [NEW]: 100 }, NEW) },
];

/** What previews of an upgrade say, step by step, by the code that says it. */
export function previewSentences(): string {
  const rows = STEPS.map(({ title, inputs }, index) => {
    const before = STEPS[index - 1]?.inputs ?? BEFORE;
    const sentences = describeChange(
      planMesh(before, overlayLibrary()).facts,
      planMesh(inputs, overlayLibrary()).facts,
    );
    return [title, sentences.map(({ text }) => cell(text)).join("<br>")];
  });
  return table(["step", "the preview says"], rows);
}
