import { collecting, formatProblem, InvalidInput, type Problem } from "../common/problem";
import type { ServiceMeshInputs } from "../model/serviceMeshInputs";
import type { OverlayLibrary } from "../overlay/library";
import { generateManifests } from "../plan/generate";
import { type MeshPlan, planMesh } from "../plan/meshPlan";
import { CannotRender } from "../render/engine";
import type { RenderTools } from "../render/render";
import { chartsMissing, messageOf } from "./lintRendered";

/** What is wrong with a mesh. */
export interface MeshLint {
  readonly errors: readonly Problem[];
  readonly warnings: readonly Problem[];
  /** Why nothing was rendered. Absent where it was, and where errors stand before. */
  readonly notRendered?: string;
}

/** Overlays, and the mesh that they are part of. */
export interface Together {
  /** The whole mesh, the overlays included. */
  readonly inputs: ServiceMeshInputs;
  /** The same mesh without them. */
  readonly without: ServiceMeshInputs;
}

async function missingFor(plan: MeshPlan, tools: RenderTools): Promise<string | undefined> {
  for (const mesh of [...plan.revisions, plan.shared, plan.primary]) {
    const missing = await chartsMissing(mesh, tools);
    if (missing !== undefined) {
      return missing;
    }
  }
  return undefined;
}

/**
 * Everything that is wrong with the settings of a mesh, and with the objects that its charts make of them,
 * such as patches that match nothing. Where a chart is not there, it says so and renders nothing.
 */
export async function lintMesh(plan: MeshPlan, tools: RenderTools): Promise<MeshLint> {
  const { warnings } = plan;
  const notRendered = await missingFor(plan, tools);
  if (notRendered !== undefined) {
    return { errors: [], warnings, notRendered };
  }
  try {
    return { errors: [], warnings: (await generateManifests(plan, tools)).warnings };
  } catch (error) {
    if (error instanceof InvalidInput) {
      return { errors: error.problems, warnings };
    }
    if (error instanceof CannotRender) {
      return { errors: [], warnings, notRendered: error.message };
    }
    return { errors: [{ source: "charts", path: "", reason: messageOf(error) }], warnings };
  }
}

async function judge(
  inputs: ServiceMeshInputs,
  library: OverlayLibrary,
  tools: RenderTools | undefined,
): Promise<MeshLint> {
  const errors: Problem[] = [];
  const plan = collecting(errors, () => planMesh(inputs, library));
  if (plan === undefined) {
    return { errors, warnings: [] };
  }
  return tools === undefined ? { errors, warnings: plan.warnings } : lintMesh(plan, tools);
}

/**
 * Everything that is wrong with overlays on top of each other and of the other inputs of a mesh: what one
 * requires and no other sets, what a later one takes away, and what two of them contradict each other in.
 *
 * @param tools nothing is rendered without them
 * @returns all errors of the mesh, and the warnings that it does not have without the overlays
 * @example
 * const inputs = { ...stack, overlays: [...stack.overlays, "team.yaml"] };
 * (await lintTogether({ inputs, without: stack }, library)).errors
 */
export async function lintTogether(
  { inputs, without }: Together,
  library: OverlayLibrary,
  tools?: RenderTools,
): Promise<MeshLint> {
  const found = await judge(inputs, library, tools);
  const others = await judge(without, library, tools);
  const known = new Set(others.warnings.map(formatProblem));
  return {
    ...found,
    warnings: found.warnings.filter((warning) => !known.has(formatProblem(warning))),
  };
}
