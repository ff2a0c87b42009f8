// Runs before `npm start` and `npm test`, so that a fresh clone needs no command before them.
// Plain JavaScript: nothing is installed yet.
const { spawnSync } = require("node:child_process");
const { existsSync, readFileSync } = require("node:fs");
const { join } = require("node:path");

const root = join(__dirname, "..");
const installedLock = join(root, "node_modules", ".package-lock.json");

/** Every package of the lock file stands in npm's own record of what it installed. */
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

if (!isInstalled()) {
  process.stderr.write("installing the npm packages\n");
  // Install scripts would fetch Pulumi's provider once more; set-up sees to it.
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const { status } = spawnSync("npm", args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
  process.exitCode = status ?? 1;
}

if (!process.exitCode) {
  require("./plugins-on-demand.cjs");
}
