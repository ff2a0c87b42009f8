import type { LabelMoves } from "../effects/gatewayApi";
import { revisionLabel } from "../k8s/istioLabels";
import {
  isChangedInPlace,
  type MeshFacts,
  planesBefore,
  planeVersionText,
  revisionTitle,
} from "../model/facts";

/** Returns the revisions whose control plane gets another version in place, with the reason. */
function changedInPlace(before: MeshFacts, after: MeshFacts): [string, string][] {
  const former = planesBefore(before, after);
  return after.controlPlanes.flatMap((plane): [string, string][] => {
    const old = former.find(({ revision }) => revision === plane.revision);
    return old === undefined || !isChangedInPlace(old, plane)
      ? []
      : [
          [
            plane.revision,
            `control plane ${revisionTitle(plane.revision)} becomes Istio ${planeVersionText(plane)}`,
          ],
        ];
  });
}

/** Returns which labels of revisions and tags another control plane, or another version, runs after a step. */
export function labelMoves(before: MeshFacts, after: MeshFacts): LabelMoves {
  const inPlace = new Map(changedInPlace(before, after));
  const tags = Object.entries(after.tags).flatMap(([tag, revision]): [string, string][] => {
    const isMoved = before.tags[tag] !== undefined && before.tags[tag] !== revision;
    const reason = isMoved
      ? `tag ${tag} moves to ${revisionTitle(revision)}`
      : inPlace.get(revision);
    return reason === undefined ? [] : [[tag, reason]];
  });
  const namespaces = after.namespaces.flatMap(({ name, revision }): [string, string][] => {
    const old = before.namespaces.find((own) => own.name === name);
    return old === undefined || old.revision === revision
      ? []
      : [[name, `namespace ${name} moves to ${revision}`]];
  });
  const planes = [...inPlace].map(([revision, reason]): [string, string] => [
    revisionLabel(revision),
    reason,
  ]);
  return { labels: new Map([...planes, ...tags]), namespaces: new Map(namespaces) };
}
