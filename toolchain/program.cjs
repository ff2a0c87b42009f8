// What Pulumi runs as index.ts: index.ts and all it imports, bundled into one file. A bundle starts in a
// fraction of the time that a compiler in the process takes at each preview. It is made again when
// a source is newer, so that an edit is never missed.
const { spawnSync } = require("node:child_process");
const { mkdirSync, readdirSync, renameSync, statSync } = require("node:fs");
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

/** @param {string} path @returns {number} the newest change below it, in milliseconds */
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

/** Makes a bundle whole or not at all: another preview may read it meanwhile. */
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
  // Of this library one class is used, in hooks; whole, it takes three times as long to load.
  const contents = 'export { KubeConfig } from "@kubernetes/client-node";';
  // Something below it asks for Node.js' own `punycode`, of which newer versions warn in each preview.
  const alias = { punycode: require.resolve("punycode/") };
  write(join(folder, "client.cjs"), {
    stdin: { contents, resolveDir: root },
    format: "cjs",
    alias,
  });
  write(bundle, {
    entryPoints: [join(root, "index.ts")],
    alias: { "@kubernetes/client-node": "./client.cjs" },
    // These stay where they are: Pulumi's SDK must be the one that runs the program.
    // The last two are loaded only where a release of Istio is fetched.
    external: [
      ...["@pulumi/*", "@grpc/*", "google-protobuf", "./client.cjs"],
      ...["tar", "proper-lockfile"],
    ],
  });
}

/**
 * Pulumi's SDK keeps a stack trace with each promise, translated to TypeScript: a tenth of a preview.
 * The bundle has no source map, so traces of this program stay as they are.
 */
function withoutSourceMaps() {
  try {
    const sdk = { paths: [require.resolve("@pulumi/pulumi/package.json")] };
    require(require.resolve("source-map-support", sdk)).install = () => undefined;
  } catch {
    // An SDK that does without.
  }
}

/**
 * The SDK sends five messages about each resource to the engine, which shows them with
 * `pulumi --debug` only: another tenth.
 */
function withoutDebugMessages() {
  if (!process.env.MESH_SDK_DEBUG) {
    require("@pulumi/pulumi/log").debug = () => Promise.resolve();
  }
}

/**
 * `npx pulumi` starts whatever `node` is on PATH. An older one runs this file again with one that is
 * new enough, and waits for it.
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
if (!isFresh()) {
  build();
}
withoutSourceMaps();
// Node asks for index.ts, and gets the bundle; nothing else of the program is loaded as TypeScript.
require.extensions[".ts"] = (module, filename) => {
  if (filename !== join(root, "index.ts")) {
    throw new Error(`${filename} is not part of the bundle`);
  }
  withoutDebugMessages();
  module.exports = require(bundle);
};
