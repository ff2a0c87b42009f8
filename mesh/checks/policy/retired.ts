import { pathText } from "../../common/propertyPath";
import { groupOf, identityOf, isCrd, type K8sObject } from "../../k8s/objects";
import { findRetired } from "../../schema/retiredPlaces";
import { RETIRED_GROUPS } from "../precheck/retired";
import type { DeclaredStack, MeshPolicy, Violation } from "./types";
import { POD_KINDS, viewOf, violation } from "./view";

/** Fields that no image and no chart is pulled from. */
const NOT_PULLED = ["status", "managedFields", "annotations"];

/** Objects with data of any kind, of which only Istio's own say where images are pulled from. */
const WITH_DATA = ["ConfigMap", "Secret"];

function isSearched(object: K8sObject): boolean {
  const isIstios = object.kind === "ConfigMap" && identityOf(object).name.startsWith("istio");
  return !isCrd(object) && (isIstios || !WITH_DATA.includes(object.kind));
}

function checkPlaces(stack: DeclaredStack): Violation[] {
  return viewOf(stack)
    .objects.filter(isSearched)
    .flatMap((object) =>
      findRetired(object, NOT_PULLED).map(({ segments, ...found }) =>
        violation(object, { path: pathText(segments), ...found }),
      ),
    );
}

function checkApis(stack: DeclaredStack): Violation[] {
  return viewOf(stack).objects.flatMap((object) => {
    const instead = RETIRED_GROUPS[groupOf(object.apiVersion)];
    return instead === undefined
      ? []
      : [
          violation(object, {
            path: "apiVersion",
            value: object.apiVersion,
            reason: "no istiod reads objects of this API any more, so it has no effect",
            allowed: instead,
            fix: `use ${instead.replace(/ \(since.*|:.*/, "")} in its place, and take the object out of the program`,
          }),
        ];
  });
}

export const retiredPlaces: MeshPolicy = {
  name: "retired-places",
  level: "advisory",
  description: "Images and charts come from places that Istio does not retire.",
  kinds: ["Release", "ConfigMap", ...POD_KINDS],
  run: checkPlaces,
};

export const retiredApis: MeshPolicy = {
  name: "retired-apis",
  level: "mandatory",
  description: "No object is of an API that no istiod reads any more.",
  kinds: [],
  run: checkApis,
};
