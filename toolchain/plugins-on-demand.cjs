// Before each command, Pulumi gets the plugin of every package in node_modules that says it has one, also
// where the program does not use it. Google Cloud's is large, and of use to stacks with `mesh:gke` only;
// behind a firewall it is seconds of trying in vain at each preview. Where the package does not say so, Pulumi
// gets the plugin when the first resource asks for it.
const { existsSync, readFileSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");

const ON_DEMAND = ["@pulumi/gcp"];

for (const name of ON_DEMAND) {
  const file = join(__dirname, "..", "node_modules", name, "package.json");
  const found = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
  if (found.pulumi?.resource === true) {
    found.pulumi.resource = false;
    writeFileSync(file, `${JSON.stringify(found, null, 4)}\n`);
  }
}
