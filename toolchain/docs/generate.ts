import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { generatedPages } from "./pages";

const ROOT = join(__dirname, "..", "..");

for (const { path, text } of generatedPages(ROOT)) {
  writeFileSync(join(ROOT, path), text);
  console.log(path);
}
