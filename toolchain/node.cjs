// Finds a recent enough Node.js for this project, or installs one into .toolchain/node. Plain
// JavaScript, because an older Node.js runs this before any package is installed.
const { spawnSync } = require("node:child_process");
const { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } =
  require("node:fs");
const { join } = require("node:path");

/** @returns {number[]} major, minor and patch of a version or of a range such as `>=22.13.0` */
function numbers(text) {
  return (text.match(/\d+/g) ?? []).slice(0, 3).map(Number);
}

/**
 * @param {string} version such as `v24.21.0` or `22.13.0`
 * @param {string} range `>=` and a version, as in `engines.node` of package.json
 */
function isFit(version, range) {
  const [have, least] = [numbers(version), numbers(range)];
  const index = least.findIndex((number, place) => number !== have[place]);
  return index === -1 || have[index] > least[index];
}

/** Runs `npm ci` on a lock file with only this package, so that npm checks its integrity. */
function install(pinned, folder, parent, env) {
  mkdirSync(parent, { recursive: true });
  const temporary = mkdtempSync(join(parent, ".installing-"));
  try {
    const dependencies = { [pinned.package]: pinned.version };
    const { version, integrity } = pinned;
    const packages = {
      "": { dependencies },
      [`node_modules/${pinned.package}`]: { version, integrity },
    };
    const files = {
      "package.json": { private: true, dependencies },
      "package-lock.json": { lockfileVersion: 3, requires: true, packages },
    };
    for (const [name, content] of Object.entries(files)) {
      writeFileSync(join(temporary, name), JSON.stringify(content));
    }
    const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
    const { status, error } = spawnSync("npm", args, {
      cwd: temporary,
      env,
      stdio: ["ignore", 2, 2],
    });
    if (status !== 0) {
      throw new Error(`npm could not install it (${error?.message ?? "see above"})`);
    }
    check(join(temporary, "node_modules", pinned.package, "bin", "node"), version);
    putInPlace(join(temporary, "node_modules", pinned.package), folder);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** A package for another C library, for example, installs but does not run. */
function check(program, version) {
  const { stdout, stderr, error } = spawnSync(program, ["--version"], { encoding: "utf8" });
  if (stdout?.trim() !== `v${version}`) {
    throw new Error(`it does not run here (${error?.message ?? stderr.trim()})`);
  }
}

/** If another process was faster, its copy is used. */
function putInPlace(from, to) {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!existsSync(to)) {
      throw error;
    }
  }
}

/**
 * Returns the folder to put first on PATH, so that its `node` is recent enough.
 *
 * Returns `undefined` if the running Node.js is recent enough. Nothing is looked up or installed
 * then.
 *
 * @param {object} [machine] for tests: values other than this machine's and this project's
 * @throws Error if there is no package for this platform, or npm cannot install it
 */
function nodeFolder(machine = {}) {
  const { root, version, platform, env, platforms } = {
    root: join(__dirname, ".."),
    version: process.version,
    platform: `${process.platform}-${process.arch}`,
    env: process.env,
    platforms: require("./node.json").platforms,
    ...machine,
  };
  const range = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).engines.node;
  if (isFit(version, range)) {
    return undefined;
  }
  const pinned = platforms[platform];
  const advice = `This project needs Node.js ${range}; this is ${version}. Install a newer one (https://nodejs.org/en/download) and run the command again.`;
  if (pinned === undefined) {
    throw new Error(`${advice} Set-up cannot provide one for ${platform}.`);
  }
  const parent = join(root, ".toolchain", "node");
  const folder = join(parent, pinned.version);
  if (!existsSync(folder)) {
    process.stderr.write(
      `Node.js ${version} is too old: installing ${pinned.version} into .toolchain/node\n`,
    );
    try {
      install(pinned, folder, parent, env);
    } catch (error) {
      throw new Error(`${advice} Set-up tried Node.js ${pinned.version}: ${error.message}.`);
    }
  }
  return join(folder, "bin");
}

module.exports = { isFit, nodeFolder };
