import { Config, Output } from "@pulumi/pulumi";
import * as components from "../../../components";
import { GkeFoundation } from "../../../components/gke";

/** One component with inputs that are wrong. */
interface Program {
  readonly component: string;
  readonly args: object;
  /** Inputs of a mesh on the cluster that the component gives. @default there is none */
  readonly mesh?: components.MeshArgs;
}

type Component = new (name: string, args: object) => object;

const { component, args, mesh } = new Config("mesh").requireObject<Program>("program");
const all = { ...components, GkeFoundation } as unknown as Readonly<Record<string, Component>>;
const Made = all[component] as Component;
const made = new Made("bad", args);
if (mesh !== undefined) {
  const { target, meshInputs } = made as GkeFoundation;
  new components.ServiceMesh("on-it", { ...mesh, ...meshInputs, target });
  new components.ServiceMesh("beside-it", { ...mesh, target });
}
const outputs = Object.entries(made).filter((entry): entry is [string, Output<unknown>] =>
  Output.isInstance(entry[1]),
);

// As a program does: what a component gives, and what is made of it.
export const given = Object.fromEntries(outputs);
export const derived = outputs.map(([, output]) => output.apply((value) => JSON.stringify(value)));
