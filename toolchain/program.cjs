// Pulumi runs this instead of index.ts: index.ts and everything it imports, bundled into one file.
// The bundle starts much faster than a compiler that runs in each preview. It is built again if a
// source is newer, so that no edit is missed.
const { spawnSync } = require("node:child_process");
const { mkdirSync, readdirSync, renameSync, statSync } = require("node:fs");
const { enableCompileCache } = require("node:module");
const { join } = require("node:path");
const { nodeFolder } = require("./node.cjs");

const root = join(__dirname, "..");
const folder = join(root, ".toolchain", "program");
const bundle = join(folder, "index.cjs");
const sources = [
  "index.ts",
  "components",
  "adapters",
  "mesh",
  "package-lock.json",
  "toolchain/program.cjs",
];

/**
 * @param {string} path @returns {number} the time of the newest change below the path, in milliseconds
 */
function newestChange(path) {
  const { mtimeMs } = statSync(path);
  const isFolder = statSync(path).isDirectory();
  const below = isFolder ? readdirSync(path).map((name) => newestChange(join(path, name))) : [];
  return Math.max(mtimeMs, ...below);
}

function isFresh() {
  const made = statSync(bundle, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return sources.every((source) => newestChange(join(root, source)) < made);
}

/** Writes a bundle atomically, because another preview may read it at the same time. */
function write(outfile, options) {
  const temporary = `${outfile}.${process.pid}`;
  require("esbuild").buildSync({
    ...options,
    outfile: temporary,
    bundle: true,
    platform: "node",
    target: "node22",
    logLevel: "warning",
  });
  renameSync(temporary, outfile);
}

function build() {
  mkdirSync(folder, { recursive: true });
  // The program uses one class of this library, in hooks. The whole library takes three times as
  // long to load.
  const contents = 'export { KubeConfig } from "@kubernetes/client-node";';
  // A dependency imports Node.js' own `punycode`, and newer Node.js versions print a deprecation
  // warning in each preview.
  const alias = { punycode: require.resolve("punycode/") };
  write(join(folder, "client.cjs"), {
    stdin: { contents, resolveDir: root },
    format: "cjs",
    alias,
  });
  write(bundle, {
    entryPoints: [join(root, "index.ts")],
    alias: { "@kubernetes/client-node": "./client.cjs" },
    // These are not bundled: Pulumi's SDK must be the one that runs the program, and the last two
    // are loaded only to fetch an Istio release.
    external: [
      ...["@pulumi/*", "@grpc/*", "google-protobuf", "./client.cjs"],
      ...["tar", "proper-lockfile"],
    ],
  });
}

/**
 * Pulumi's SDK records a stack trace with each promise and maps it to TypeScript, which takes a
 * tenth of a preview. The bundle has no source map, so the stack traces of this program are not
 * mapped.
 */
function withoutSourceMaps() {
  try {
    const sdk = { paths: [require.resolve("@pulumi/pulumi/package.json")] };
    require(require.resolve("source-map-support", sdk)).install = () => undefined;
  } catch {
    // This version of the SDK does not do it.
  }
}

/**
 * The SDK sends five messages about each resource to the engine, which shows them only with
 * `pulumi --debug`. This takes another tenth of a preview.
 */
function withoutDebugMessages() {
  if (!process.env.MESH_SDK_DEBUG) {
    require("@pulumi/pulumi/log").debug = () => Promise.resolve();
  }
}

/**
 * Node.js keeps what it has compiled, of Pulumi's SDK too. Otherwise a tenth of a preview goes into
 * compiling the same code again.
 */
function keepCompiledCode() {
  enableCompileCache(join(folder, "compiled"));
}

/**
 * `npx pulumi` starts whatever `node` is on PATH. An older one runs this file again with a recent
 * enough one, and waits for it.
 */
function withFitNode() {
  const folder = nodeFolder();
  if (folder !== undefined) {
    const args = [...process.execArgv, ...process.argv.slice(1)];
    const { status } = spawnSync(join(folder, "node"), args, { stdio: "inherit" });
    process.exit(status ?? 1);
  }
}

withFitNode();
keepCompiledCode();
if (!isFresh()) {
  build();
}
withoutSourceMaps();
// Node.js asks for index.ts and gets the bundle. No other part of the program is loaded as
// TypeScript.
require.extensions[".ts"] = (module, filename) => {
  if (filename !== join(root, "index.ts")) {
    throw new Error(`${filename} is not part of the bundle`);
  }
  withoutDebugMessages();
  module.exports = require(bundle);
};
