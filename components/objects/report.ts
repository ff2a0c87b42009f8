import type { ExistingObject } from "../../mesh/ownership/adoptionMessages";
import { registered } from "../pulumi/registered";
import * as pulumi from "../pulumi/sdk";

/** What was found out about the objects of one component. */
interface Group {
  readonly parent: pulumi.Resource;
  /** The number of objects that are not registered yet. */
  pending: number;
  findings: ExistingObject[];
  /** Allows the program to end, which must not happen while there is something to report. */
  release?: () => void;
}

/** Reports what was found out about the objects of one component. */
export type Speak = (findings: readonly ExistingObject[], component: pulumi.Resource) => void;

/**
 * Collects what was found out by component, and reports it after all objects of the component are
 * registered.
 */
export class AdoptionReport {
  private readonly groups = new Map<pulumi.Resource, Group>();
  private readonly byObject = new Map<string, Group>();

  constructor(private readonly speak: Speak) {}

  /** @param name the name of the resource, by which its hook knows it */
  expect(name: string, resource: pulumi.Resource, parent: pulumi.Resource): void {
    const group = this.groups.get(parent) ?? { parent, pending: 0, findings: [] };
    this.groups.set(parent, group);
    this.byObject.set(name, group);
    group.pending += 1;
    void registered(resource).then(() => this.settle(group));
  }

  add(name: string, finding: ExistingObject): void {
    const group = this.byObject.get(name);
    if (group !== undefined) {
      group.findings.push(finding);
      group.release ??= pulumi.rpcKeepAlive();
    }
  }

  private settle(group: Group): void {
    group.pending -= 1;
    if (group.pending === 0 && group.findings.length > 0) {
      this.speak(group.findings, group.parent);
      group.findings = [];
      group.release?.();
      group.release = undefined;
    }
  }
}
