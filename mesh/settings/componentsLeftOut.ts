import { isEmpty, isObject } from "../common/json";
import type { Problem } from "../common/problem";
import { type ComponentDefinition, componentsOf } from "../model/component";
import { placeOf, problemAt, userSetting } from "../overlay/places";
import type { ResolvedMesh } from "../spec/resolve";
import { componentsLeftOut, isEntryEnabled } from "../spec/translate";

/** What an entry below `spec.components` may say about the objects of its component. */
const SETTINGS = ["k8s", "hub", "tag"];

const unused = (title: string) => ({
  reason: `has no effect: ${title} is not enabled here, so its chart is not rendered`,
  fix: "set enabled: true beside it, or take it out",
});

/** Settings of a component that is not installed. */
function settingsOfComponent(mesh: ResolvedMesh, component: ComponentDefinition): Problem[] {
  const path = `spec.components.${component.name}`;
  return SETTINGS.flatMap((field) => {
    const setting = userSetting(mesh, `${path}.${field}`);
    return setting === undefined || isEmpty(setting.value)
      ? []
      : [problemAt(setting, unused(component.title))];
  });
}

/** Settings of gateways in a list that are not installed. */
function settingsOfGateways(mesh: ResolvedMesh, component: ComponentDefinition): Problem[] {
  const list = userSetting(mesh, `spec.components.${component.name}`);
  if (list === undefined || !Array.isArray(list.value)) {
    return [];
  }
  return list.value.flatMap((entry, index) => {
    if (!isObject(entry) || isEntryEnabled(component, entry, mesh.document)) {
      return [];
    }
    const segments = ["spec", "components", component.name, index];
    return SETTINGS.filter((field) => !isEmpty(entry[field])).map((field) => ({
      ...placeOf(list, [...segments, field]),
      ...unused(component.title),
    }));
  });
}

/** Whether no other chart reads the values below the component's root. */
function hasValuesOfItsOwn({ name, valuesRoot }: ComponentDefinition): boolean {
  return name !== "pilot" && valuesRoot !== "global";
}

/** Values of a chart that is not rendered. */
function valuesOfChart(mesh: ResolvedMesh, component: ComponentDefinition): Problem[] {
  const { name, title, isList, valuesRoot } = component;
  const setting = userSetting(mesh, `spec.values.${valuesRoot}`);
  const entry = `spec.components.${name}${isList ? "[].enabled" : ".enabled"}`;
  return setting === undefined || isEmpty(setting.value) || !hasValuesOfItsOwn(component)
    ? []
    : [
        problemAt(setting, {
          reason: `has no effect: ${title} is not installed, and no other chart reads these values`,
          fix: `set ${entry}: true, or take the values out`,
        }),
      ];
}

/** Settings and values of components that the mesh does not install. */
export function componentsLeftOutWarnings(mesh: ResolvedMesh): Problem[] {
  const gateways = componentsOf(mesh.version).filter(({ isList }) => isList);
  return [
    ...gateways.flatMap((component) => settingsOfGateways(mesh, component)),
    ...componentsLeftOut(mesh.document, mesh.version).flatMap((component) => [
      ...settingsOfComponent(mesh, component),
      ...valuesOfChart(mesh, component),
    ]),
  ];
}
