import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { filesBelow } from "../support/manifests";
import { type Finished, run } from "../support/run";
import { ROOT } from "../support/tools";

/** Outputs are kept with the tools, for each program and manifests in a folder of their own. */
const KEPT = join(ROOT, ".toolchain", "istioctl-outputs");

/** An istioctl and the manifests that it renders. */
export interface Istioctl {
  readonly istioctl: string;
  readonly manifests: string;
}

function digestOf(contents: readonly (string | Buffer)[]): string {
  const hash = createHash("sha256");
  for (const content of contents) {
    // With its length, a content does not run into the next one.
    hash.update(`${content.length}\n`).update(content);
  }
  return hash.digest("hex");
}

const folders = new Map<string, string>();

/** The folder of a program's outputs; what an earlier program of the same name has left goes. */
function folderOf({ istioctl, manifests }: Istioctl): string {
  const known = folders.get(istioctl);
  if (known !== undefined) {
    return known;
  }
  const files = filesBelow(manifests).flatMap((file) => [
    file.slice(manifests.length),
    readFileSync(file),
  ]);
  const name = basename(istioctl);
  const own = `${name}-${digestOf([readFileSync(istioctl), ...files])}`;
  mkdirSync(join(KEPT, own), { recursive: true });
  for (const other of readdirSync(KEPT).filter((each) => each.startsWith(`${name}-`))) {
    if (other !== own) {
      rmSync(join(KEPT, other), { recursive: true });
    }
  }
  folders.set(istioctl, join(KEPT, own));
  return join(KEPT, own);
}

/** What is kept of a run. */
export type Generated = Pick<Finished, "code" | "stdout" | "stderr">;

/** Written whole or not at all: another process may read it meanwhile. */
function keep(file: string, generated: Generated): void {
  const temporary = join(dirname(file), `.${basename(file)}.${process.pid}`);
  writeFileSync(temporary, gzipSync(JSON.stringify(generated), { level: 1 }));
  renameSync(temporary, file);
}

/**
 * What `istioctl manifest generate` prints. That depends on the program, its manifests and the input
 * alone; the name of what is kept is made of all three, so nothing else can be taken for it. All inputs
 * together cost istioctl minutes of processor time.
 *
 * @param input flags with the contents of files in place of their names
 * @param args the flags themselves
 */
export async function generatedByIstioctl(
  tool: Istioctl,
  input: readonly string[],
  args: readonly string[],
): Promise<Generated> {
  const file = join(folderOf(tool), `${digestOf(input)}.gz`);
  if (existsSync(file)) {
    return JSON.parse(gunzipSync(readFileSync(file)).toString("utf8")) as Generated;
  }
  const words = ["manifest", "generate", "--manifests", tool.manifests, ...args];
  const env = { KUBECONFIG: "/dev/null" };
  const { code, stdout, stderr } = await run(tool.istioctl, words, { cwd: tool.manifests, env });
  // A program that was killed has told nothing.
  if (code !== null) {
    keep(file, { code, stdout, stderr });
  }
  return { code, stdout, stderr };
}
