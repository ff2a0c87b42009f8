// Installs missing npm packages in a fresh clone. Plain JavaScript, because nothing is installed
// yet.
const { spawnSync } = require("node:child_process");
const { existsSync, readFileSync } = require("node:fs");
const { join } = require("node:path");

const root = join(__dirname, "..");
const installedLock = join(root, "node_modules", ".package-lock.json");

/**
 * Returns whether npm's own record of installed packages contains every package of the lock file.
 */
function isInstalled() {
  if (!existsSync(installedLock)) {
    return false;
  }
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  const found = JSON.parse(readFileSync(installedLock, "utf8")).packages;
  return Object.entries(wanted).every(
    ([path, { version, optional, peer }]) =>
      path === "" || optional || peer || found[path]?.version === version,
  );
}

/**
 * @param {NodeJS.ProcessEnv} env the environment of npm, with a recent enough Node.js first on PATH
 * @throws Error if npm fails
 */
function ensureDependencies(env) {
  if (!isInstalled()) {
    process.stderr.write("installing the npm packages\n");
    // Install scripts would download Pulumi's provider again, which set-up provides.
    // Pulumi installs a plugin without development packages, of which the compiler is one.
    const args = ["ci", "--include=dev", "--ignore-scripts", "--no-audit", "--no-fund"];
    args.push("--loglevel=error");
    const { status, error } = spawnSync("npm", args, { cwd: root, env, stdio: ["ignore", 2, 2] });
    if (status !== 0) {
      throw new Error(`npm ci failed (${error?.message ?? "see above"})`);
    }
  }
  require("./plugins-on-demand.cjs");
}

module.exports = { ensureDependencies };
