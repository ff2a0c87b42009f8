import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { inputFiles } from "../inputs/files";

const ROOT = join(__dirname, "..", "..");

function write({ path, text }: { readonly path: string; readonly text: string }): void {
  writeFileSync(join(ROOT, path), text);
  console.log(path);
}

inputFiles(ROOT).forEach(write);
// Loaded only now: the commands read the files above.
const { packageSchemaFile } =
  require("../provider/packageSchema") as typeof import("../provider/packageSchema");
write(packageSchemaFile(ROOT));
const { generatedPages } = require("./pages") as typeof import("./pages");
generatedPages(ROOT).forEach(write);
