import type { Json } from "../common/json";
import type { Sentence } from "../common/sentence";
import { type FieldChange, restartsPods } from "./changes";
import type { HelmRelease, Owner } from "./owner";

/** What is known about an object that exists before the stack creates it. */
export interface ExistingObject {
  /** @example "Deployment istio-system/istiod" */
  readonly title: string;
  readonly kind: string;
  readonly owner: Owner;
  /** `block`: something else keeps the object from being created. */
  readonly adoption: "refuse" | "use" | "take" | "block";
  /** What a take-over changes, for a preview. @default [] */
  readonly changes?: readonly FieldChange[];
  /** Why the object cannot be adopted, with the fix. */
  readonly obstacle?: string;
  /** Whether values must not be shown. @default false */
  readonly secret?: boolean;
}

/** If a stack takes over another stack's objects, the other stack no longer has them. */
function fixForStacks(findings: readonly ExistingObject[]): string {
  const namespaces = findings.filter(({ kind }) => kind === "Namespace");
  return [
    ...(namespaces.length > 0
      ? [
          "fix: leave out `create` of a namespace that another stack creates: it is only labelled then",
        ]
      : []),
    ...(namespaces.length < findings.length
      ? [
          "fix: what belongs to one stack alone needs a name of its own in each (`mesh:revision`, the name of a gateway or a tag); " +
            '`pulumi config set mesh:adopt all` (in a program `adopt: "all"`) takes it away from the other stack',
        ]
      : []),
  ].join("\n");
}

function fixFor(findings: readonly ExistingObject[]): string {
  if (findings.every(({ owner }) => owner.stack === true)) {
    return fixForStacks(findings);
  }
  const mode = findings.every(({ kind }) => kind === "Namespace") ? "namespaces" : "all";
  const effect =
    mode === "namespaces"
      ? "uses them, and never deletes them"
      : "takes them over as they are; a preview shows what would change";
  return `fix: \`pulumi config set mesh:adopt ${mode}\` (in a program \`adopt: "${mode}"\`) ${effect}`;
}

/** Says why existing objects are not created, each with who installed it. */
export function adoptionRefusal(findings: readonly ExistingObject[]): string {
  const lines = findings.map(({ title, owner }) => `  ${title}: installed by ${owner.title}`);
  const what = findings.length === 1 ? "an object is" : `${findings.length} objects are`;
  return [
    `${what} in the cluster already, and not of this stack:`,
    ...lines,
    fixFor(findings),
  ].join("\n");
}

const MAX_LENGTH = 60;

function show(value: Json | undefined): string {
  const text = value === undefined ? "nothing" : JSON.stringify(value);
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH - 1)}…` : text;
}

function changeText({ path, from, to }: FieldChange, secret: boolean): string {
  return secret ? path : `${path}: ${show(from)} → ${show(to)}`;
}

/** The number of changes of an object that a preview lists. */
const MAX_CHANGES = 5;

function some(texts: readonly string[]): string {
  const rest = texts.length - MAX_CHANGES;
  return rest > 0 ? `${texts.slice(0, MAX_CHANGES).join(", ")} and ${rest} more` : texts.join(", ");
}

/** Charts put the name of the Helm release into a label of the pods. */
function keepName(changes: readonly FieldChange[]): string {
  const label = changes.find(({ path }) => path.endsWith("app.kubernetes.io/instance"));
  return label === undefined
    ? ""
    : `; fix: name the release, such as \`pulumi config set --path mesh:releaseNames.pilot ${label.from}\``;
}

function changeWords({ title, changes = [], secret = false }: ExistingObject): Sentence[] {
  const [pods, others] = [
    changes.filter(restartsPods),
    changes.filter((change) => !restartsPods(change)),
  ];
  const texts = [
    pods.length === 0
      ? []
      : [
          `pods restart: ${some(pods.map((change) => changeText(change, secret)))}${keepName(pods)}`,
        ],
    others.length === 0 ? [] : [`changes ${some(others.map(({ path }) => path))}`],
  ].flat();
  return texts.map((text) => ({ text: `${title}: ${text}`, warning: true }));
}

function countBy(findings: readonly ExistingObject[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { owner } of findings) {
    counts.set(owner.title, (counts.get(owner.title) ?? 0) + 1);
  }
  return counts;
}

/**
 * Returns the sentences about objects that are taken over.
 *
 * @example takenWords("takes over", found) // "takes over 23 objects installed by istioctl"
 */
function takenWords(verb: string, findings: readonly ExistingObject[]): Sentence[] {
  return [...countBy(findings)].map(([owner, count]) => ({
    text: `${verb} ${count === 1 ? "1 object" : `${count} objects`} installed by ${owner}`,
    warning: false,
  }));
}

function usedWords(findings: readonly ExistingObject[]): Sentence[] {
  return findings.map(({ title }) => ({
    text: `uses the ${title}, which exists; it stays when the stack is destroyed`,
    warning: false,
  }));
}

/** Returns what a preview says about objects that it does not refuse. */
export function adoptionPreview(findings: readonly ExistingObject[]): Sentence[] {
  const taken = findings.filter(({ adoption }) => adoption === "take");
  return [
    ...usedWords(findings.filter(({ adoption }) => adoption === "use")),
    ...takenWords("takes over", taken),
    ...taken.flatMap(changeWords),
  ];
}

/** Returns what an update says after the objects belong to the stack. */
export function adoptionReport(findings: readonly ExistingObject[]): Sentence[] {
  return takenWords(
    "took over",
    findings.filter(({ adoption }) => adoption === "take"),
  );
}

/** Returns the message for an object that the API server refuses to accept after a take-over. */
export function takeOverFailure(title: string, reason: string): string {
  const fix = "render it as it is (overlays, settings), or delete it first";
  return `${title} cannot be taken over: ${reason}; fix: ${fix}`;
}

/** Returns everything that keeps an update from succeeding. */
export function adoptionObstacles(findings: readonly ExistingObject[]): string[] {
  const refused = findings.filter(({ adoption }) => adoption === "refuse");
  return [
    ...(refused.length > 0 ? [adoptionRefusal(refused)] : []),
    ...findings.flatMap(({ obstacle }) => (obstacle === undefined ? [] : [obstacle])),
  ];
}

/** Warns that Helm still considers the objects its own. */
export function releaseWarning({ name, namespace }: HelmRelease, context?: string): string {
  const where = context === undefined ? "" : ` --context ${context}`;
  return (
    `Helm does not know that the release ${name} is taken over: \`helm uninstall\` and \`helm upgrade\` would still touch its objects. ` +
    "Once an update has taken over all of them, let Helm forget the release: " +
    `kubectl${where} --namespace ${namespace} delete secret --selector owner=helm,name=${name}`
  );
}
