import type { MeshInputs } from "../inputs/types";
import { formatProblem, InvalidInput, type Problem, throwIfAny } from "../problem";
import { type ResolvedMesh, resolveMesh } from "../resolve";
import { checkRevisions, type RevisionInputs, spreadInputs } from "./controlPlanes";
import type { MeshFacts } from "./facts";

/** Everything that a whole mesh is made of, as plain data. */
export interface ServiceMeshInputs extends MeshInputs {
  /**
   * Control planes side by side; each takes what it leaves out from the mesh's own inputs.
   * @default one, of the mesh's `version` and `revision`
   */
  readonly revisions?: readonly RevisionInputs[];
}

/** A mesh with all of its control planes resolved. Nothing is rendered or created here. */
export interface MeshPlan {
  /** One for each revision. */
  readonly controlPlanes: readonly ResolvedMesh[];
  /** For the CRDs and what the revisions share. */
  readonly shared: ResolvedMesh;
  /** For the node agents, the gateways of overlays, and mesh-wide policy. */
  readonly primary: ResolvedMesh;
  readonly facts: MeshFacts;
  readonly warnings: readonly Problem[];
}

/** Resolves one mesh; what is wrong with it goes to the list, once. */
function tryResolve(inputs: MeshInputs, problems: Problem[]): ResolvedMesh | undefined {
  try {
    return resolveMesh(inputs);
  } catch (error) {
    if (!(error instanceof InvalidInput)) {
      throw error;
    }
    problems.push(...error.problems);
    return undefined;
  }
}

/** Several control planes share most inputs, and so what is wrong with them. */
function unique(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((problem) => [formatProblem(problem), problem])).values()];
}

function factsOf(controlPlanes: readonly ResolvedMesh[]): MeshFacts {
  return {
    controlPlanes: controlPlanes.map(({ revision, version }) => ({ revision, version })),
    gateways: [],
    tags: {},
    namespaces: [],
  };
}

/**
 * Plans a whole mesh: every control plane, and what they share.
 *
 * @throws InvalidInput with everything that is wrong with any of them
 * @example
 * planMesh({
 *   version: "1.28.2",
 *   revisions: [{ revision: "1-28-2" }, { revision: "1-29-1", version: "1.29.1" }],
 * }).shared.version // "1.29.1"
 */
export function planMesh({ revisions, ...inputs }: ServiceMeshInputs): MeshPlan {
  const problems = checkRevisions(revisions);
  const spread = spreadInputs(inputs, revisions);
  const controlPlanes = spread.controlPlanes.map((own) => tryResolve(own, problems));
  const shared = tryResolve(spread.shared, problems);
  const primary = tryResolve(spread.primary, problems);
  throwIfAny(unique(problems));
  const resolved = controlPlanes as ResolvedMesh[];
  return {
    controlPlanes: resolved,
    shared: shared as ResolvedMesh,
    primary: primary as ResolvedMesh,
    facts: factsOf(resolved),
    warnings: unique(resolved.flatMap(({ warnings }) => warnings)),
  };
}
