// Before each command, Pulumi installs the plugin of every package in node_modules that declares
// one, even if the program does not use it. Google Cloud's plugin is large, and only stacks with
// `mesh:gke` need it. Behind a firewall, each preview would wait seconds for a download that
// fails. If the package does not declare the plugin, Pulumi installs it when the first resource
// needs it.
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
