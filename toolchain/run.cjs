// Runs a command of this project: `node toolchain/run.cjs COMMAND ARGS…`, where COMMAND is a
// TypeScript file, a program of an npm package or any other program. First it installs the npm
// packages of the lock file, and puts a recent enough Node.js first on PATH, also for programs
// that the command starts. A fresh clone on a machine with an older Node.js needs no other set-up.
const { spawn } = require("node:child_process");
const { constants } = require("node:os");
const { delimiter, join } = require("node:path");
const { ensureDependencies } = require("./ensure-dependencies.cjs");
const { nodeFolder } = require("./node.cjs");

const root = join(__dirname, "..");

/** Returns the environment of the command, and the Node.js that runs TypeScript files. */
function prepare() {
  const folder = nodeFolder();
  const bin = join(root, "node_modules", ".bin");
  const path = [folder, bin, process.env.PATH].filter((part) => part).join(delimiter);
  const env = { ...process.env, PATH: path };
  ensureDependencies(env);
  return { env, node: folder === undefined ? process.execPath : join(folder, "node") };
}

/** Node.js runs TypeScript files with tsx's loader. */
function commandLine(node, [command, ...args]) {
  return command.endsWith(".ts")
    ? [node, ["--require", require.resolve("tsx/cjs"), command, ...args]]
    : [command, args];
}

/**
 * Ends as the command ends. Ctrl-C reaches the command by itself, because it has the same
 * terminal.
 */
function run(command, args, env) {
  const child = spawn(command, args, { env, stdio: "inherit" });
  process.on("SIGINT", () => undefined);
  for (const signal of ["SIGTERM", "SIGHUP"]) {
    process.on(signal, () => child.kill(signal));
  }
  child.once("error", ({ message }) => {
    process.stderr.write(`${message}\n`);
    process.exitCode = 127;
  });
  child.once("exit", (code, signal) => {
    process.exitCode = code ?? 128 + constants.signals[signal];
  });
}

try {
  const { env, node } = prepare();
  run(...commandLine(node, process.argv.slice(2)), env);
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
