import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../toolchain/errors";
import { setupProject } from "../../toolchain/officialCharts";
import { chartsFolder, pulumiProgram } from "../../toolchain/setup";
import { type Recorded, startRecordedProvider } from "./recordedProvider";

const STACK = "recorded";

/** Istio versions of the example. */
export const VERSIONS = ["1.30.4", "1.31.0"];

/** Where a preview keeps its state, and what it runs. */
export interface PreviewOptions {
  /** Folder of the file backend. */
  readonly state: string;
  readonly home: string;
  /** Folder with charts by version. */
  readonly charts: string;
  /** More configuration, by key. @default {} */
  readonly config?: Readonly<Record<string, string>>;
  /** More variables of the environment. @default {} */
  readonly env?: NodeJS.ProcessEnv;
  /** Output of `pulumi preview`. @default goes to the terminal */
  readonly onOutput?: (chunk: string) => void;
  /** Ends Pulumi and all that it has started after so many seconds. @default it takes what it takes */
  readonly limitSeconds?: number;
}

const CONFIG = { project: "shop-prod", location: "europe-west1", cluster: "prod" };

/** The answers that lie beside the example. */
export function recordedAnswers(): Recorded {
  return JSON.parse(readFileSync(join(__dirname, "lookups.json"), "utf8")) as Recorded;
}

function environment({ state, home, env }: PreviewOptions, port: number): NodeJS.ProcessEnv {
  return {
    ...process.env,
    // The recorded provider asks for no credentials; the foundation does before it starts.
    GOOGLE_OAUTH_ACCESS_TOKEN: "recorded",
    PULUMI_HOME: home,
    PULUMI_BACKEND_URL: `file://${state}`,
    PULUMI_CONFIG_PASSPHRASE: "",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DEBUG_PROVIDERS: `gcp:${port}`,
    // The provider is attached, so that none has to be installed.
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    ...env,
  };
}

type RunOptions = Pick<PreviewOptions, "onOutput" | "limitSeconds">;

function pulumi(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  { onOutput, limitSeconds }: RunOptions,
): Promise<number> {
  const stdio = onOutput === undefined ? "inherit" : "pipe";
  const program = pulumiProgram({ home: env.PULUMI_HOME });
  const child = spawn(program, args, {
    cwd: __dirname,
    env,
    stdio: ["ignore", stdio, stdio],
    // A group of its own can be ended as a whole; without a limit Ctrl-C has to reach it.
    detached: limitSeconds !== undefined,
  });
  const end = () => child.pid !== undefined && process.kill(-child.pid, "SIGKILL");
  const limit = limitSeconds === undefined ? undefined : setTimeout(end, limitSeconds * 1000);
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => onOutput?.(chunk.toString("utf8")));
  }
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      clearTimeout(limit);
      resolve(code ?? 1);
    });
  });
}

/** Previews the example against recorded look-ups. @returns the exit code of Pulumi */
export async function previewRecorded(
  options: PreviewOptions,
  recorded: Recorded = recordedAnswers(),
): Promise<number> {
  mkdirSync(options.state, { recursive: true });
  const provider = await startRecordedProvider(recorded);
  try {
    const env = environment(options, provider.port);
    const quietly = { ...options, onOutput: () => undefined };
    const selected = await pulumi(["stack", "select", "--create", STACK], env, quietly);
    // Left by the selection; the preview's own lies beside the state.
    rmSync(join(__dirname, `Pulumi.${STACK}.yaml`), { force: true });
    if (selected !== 0) {
      return selected;
    }
    const all = { ...CONFIG, charts: options.charts, ...options.config };
    const config = Object.entries(all).flatMap(([key, value]) => ["--config", `${key}=${value}`]);
    const flags = ["--stack", STACK, "--config-file", join(options.state, "Pulumi.recorded.yaml")];
    return await pulumi(["preview", ...flags, ...config], env, options);
  } finally {
    provider.stop();
  }
}

async function main(): Promise<number> {
  const { home } = await setupProject({ istio: VERSIONS });
  const charts = join(chartsFolder(VERSIONS[0] ?? ""), "..");
  return previewRecorded({ state: join(__dirname, ".state"), home, charts });
}

if (require.main === module) {
  main().then(
    (code) => {
      process.exitCode = code;
    },
    (error: unknown) => {
      process.stderr.write(`${messageOf(error)}\n`);
      process.exitCode = 1;
    },
  );
}
