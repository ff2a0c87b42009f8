import { rmSync } from "node:fs";
import type { ApiServer } from "../test/cluster/apiServer";
import { startKwokCluster } from "../test/cluster/kwokCluster";
import { type Config, emptyProject, meshProject, type Project } from "./projects";

/** What the scenarios share. */
export class BenchContext {
  private readonly cleanUps: (() => Promise<void> | void)[] = [];

  /** @param home PULUMI_HOME */
  constructor(private readonly home: string) {}

  /**
   * Starts a separate cluster: real servers, with pods that are ready as soon as they are
   * scheduled.
   */
  async cluster(): Promise<ApiServer> {
    // No istiod runs, so nothing answers its webhooks.
    const api = await startKwokCluster({ webhooks: false });
    this.cleanUps.unshift(() => api.stop());
    return api;
  }

  empty(): Project {
    return this.kept(emptyProject(this.home));
  }

  mesh(name: string, config: Config): Project {
    return this.kept(meshProject(this.home, name, config));
  }

  /** Removes a folder at the end. */
  folder(path: string): string {
    this.cleanUps.unshift(() => rmSync(path, { recursive: true, force: true }));
    return path;
  }

  private kept(project: Project): Project {
    this.cleanUps.unshift(() => project.remove());
    return project;
  }

  /** Removes everything that the scenarios have created. */
  async end(): Promise<void> {
    for (const cleanUp of this.cleanUps.splice(0)) {
      await cleanUp();
    }
  }
}

/** A group of related figures. */
export interface Scenario {
  readonly name: string;
  /** What it measures, in a few words. */
  readonly title: string;
  /** @returns lines for the table */
  run(context: BenchContext): Promise<readonly string[]>;
}
