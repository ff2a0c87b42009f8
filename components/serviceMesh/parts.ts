import { revisionLabel } from "../../mesh/k8s/istioLabels";
import { foreignRevisions, gatewayNamespaces } from "../../mesh/plan/meshPlan";
import { meshUses } from "../../mesh/plan/meshUses";
import { Leftovers, leftoversHook } from "../guards/leftovers";
import { MeshGuard } from "../guards/meshGuard";
import { Base } from "../mesh/base";
import { Crds } from "../mesh/crds";
import { DefaultValidator } from "../mesh/defaultValidator";
import type { Gateway } from "../mesh/gateway";
import { OverlayGateways } from "../mesh/overlayGateways";
import { removalGuard } from "../objects/guards";
import { sharedSource, withDependencies } from "../objects/meshPart";
import { StateMarker } from "../pulumi/stateMarker";
import { createAgents } from "./agents";
import type { Build, DependsOnParts, OptionsForRevisions } from "./build";
import { createControlPlanes, createGuards, createManaged, createTags } from "./controlPlanes";
import { formerInjector, formerValidator, validatorName, yieldedName } from "./formerPlaces";
import { MeshPolicy } from "./policy";
import { source } from "./sharedPlan";
import { createGateways, createNamespaces } from "./users";
import { YieldedInjector } from "./yieldedInjector";

function dependsOnPartsOf({ parent, provider, dependsOn }: Build): DependsOnParts {
  const providers = provider === undefined ? {} : { providers: { kubernetes: provider } };
  return (...parts) => ({
    parent,
    dependsOn: withDependencies(dependsOn, parts),
    ...providers,
  });
}

/** The parts that have outputs which a mesh passes on. */
export interface MeshParts {
  readonly gateways: readonly Gateway[];
  /** Those of overlays. */
  readonly overlayGateways: OverlayGateways | undefined;
}

/** Registers all parts of a mesh, in the order in which they come up. */
export function createParts(build: Build): MeshParts {
  const { name, parent, plan, meshes, target, ownership } = build;
  const guarded = ownership !== undefined;
  const dependsOnParts = dependsOnPartsOf(build);
  const shared = source(meshes.shared);

  const crds = new Crds(`${name}-crds`, shared, dependsOnParts(), { target });
  // Neither namespaces nor permissions need CRDs: what does waits for these by itself.
  const base = new Base(`${name}-base`, shared, dependsOnParts(), {
    namespaces: gatewayNamespaces(plan),
    withoutWebhooks: true,
  });
  const removeWritten = leftoversHook(`${name}-leftovers`, target);
  const leftovers =
    guarded && plan.controlPlanes.length > 0
      ? [new Leftovers(`${name}-leftovers`, removeWritten, { parent, dependsOn: base })]
      : [];
  const controlPlanes = createControlPlanes(build, dependsOnParts(base, ...leftovers), crds);
  // Registered also without a cluster: Pulumi deletes no guard whose hook it does not find.
  const removal = removalGuard(`${name}:removal`, { target, foreign: foreignRevisions(plan) });
  // A guard stands for all objects of its control plane: to name each of them for each object of
  // each gateway would make state and time grow with the product of their numbers.
  const guards = createGuards(build, controlPlanes, removal);
  const managed = createManaged(build, dependsOnParts(crds, base), removal);
  const ready = [...(guarded ? guards : controlPlanes), ...managed];
  // One thing for the agents to wait for: another control plane is then no news to each of their
  // objects, which the engine would write down one by one.
  const planes = guarded
    ? [new StateMarker(`${name}-planes`, {}, { parent, dependsOn: ready })]
    : ready;
  const validators = build.hasValidator
    ? [
        new DefaultValidator(validatorName(name), shared, dependsOnParts(...ready), [
          { component: `${name}-base`, parent: base },
          formerValidator(build),
        ]),
      ]
    : [];
  const agents = createAgents(build, (...parts) => dependsOnParts(...planes, ...parts));
  const tags = createTags(build, dependsOnParts(...ready));
  const afterTags = dependsOnParts(...tags.map(({ part }) => part));
  const yielded = meshes.yielded.map(
    (own) => new YieldedInjector(yieldedName(name), own, afterTags, formerInjector(build)),
  );
  // Pods need the CNI plugin, and the webhook of the revision or tag that they name; Istio's own
  // objects need the CRDs, also where no control plane stands between. A revision that they do not
  // name changes nothing for them, in the state neither.
  const optionsForRevisions: OptionsForRevisions = (names) => {
    const labels = names.map((name) => revisionLabel(plan.tags[name] ?? name));
    const named = guards.filter(({ label }) => labels.includes(label));
    return dependsOnParts(
      ...(named.length > 0 ? named : [crds]),
      ...(guarded ? managed : ready),
      ...tags.filter(({ tag }) => names.includes(tag)).map(({ part }) => part),
      ...agents,
      base,
    );
  };
  const gateways = createGateways(build, optionsForRevisions);
  const namespaces = createNamespaces(build, optionsForRevisions);
  const primary = sharedSource(Promise.resolve(meshes.primary));
  const policy = new MeshPolicy(`${name}-policy`, primary, dependsOnParts(crds, ...ready));
  if (guarded) {
    const uses = meshUses(plan, build.objects);
    const users = [...tags.map(({ part }) => part), ...yielded, ...gateways, ...namespaces, policy];
    const dependsOn = [...ready, ...validators, ...agents, ...users];
    new MeshGuard(`${name}-guard`, uses, target, { parent, dependsOn });
  }
  const overlayGateways = agents.find((part) => part instanceof OverlayGateways);
  return { gateways, overlayGateways };
}
