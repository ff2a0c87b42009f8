import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonObject } from "../../mesh/common/json";
import { patchBetween } from "../../mesh/common/mergePatch";
import { minorOf } from "../../mesh/model/minors";
import type { SetupContext } from "../context";
import { messageOf } from "../errors";
import { moduleFolder } from "../go";
import { setupPlaces } from "../places";
import { realSystem } from "../system";
import { reduceSchemas, wordsIn } from "./reduce";
import releases from "./releases.json";

/** Kubernetes' module has its OpenAPI document, and the code that it is made from. */
const KUBERNETES = "k8s.io/kubernetes";

const SCHEMAS_FILE = join("mesh", "data", "kubernetes", "schemas.json");

function contextOf(): SetupContext {
  const signal = new AbortController().signal;
  const places = setupPlaces({}, process.env);
  return { places, system: realSystem(), signal, say: console.error };
}

async function schemasOf(context: SetupContext, release: string): Promise<JsonObject> {
  const folder = mkdtempSync(join(tmpdir(), "service-mesh-kubernetes-"));
  try {
    writeFileSync(join(folder, "go.mod"), "module sources\n");
    const sources = await moduleFolder(context, folder, `${KUBERNETES}@v${release}`);
    const text = (...path: string[]) => readFileSync(join(sources, ...path), "utf8");
    const { definitions } = JSON.parse(text("api", "openapi-spec", "swagger.json"));
    const generated = text("pkg", "generated", "openapi", "zz_generated.openapi.go");
    return { ...reduceSchemas(definitions, wordsIn(generated)) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Writes the schemas of the newest release, and what differs in each minor before the next. */
async function write(): Promise<void> {
  const context = contextOf();
  const all: { readonly minor: string; readonly schemas: JsonObject }[] = [];
  for (const release of [...releases].reverse()) {
    all.push({ minor: minorOf(release), schemas: await schemasOf(context, release) });
  }
  const [newest, ...older] = all;
  const patches = older.map(({ minor, schemas }, index) => [
    minor,
    patchBetween(all[index]?.schemas ?? {}, schemas),
  ]);
  const data = {
    newest: newest?.minor ?? "",
    schemas: newest?.schemas ?? {},
    older: Object.fromEntries(patches),
  };
  writeFileSync(join(context.places.project, SCHEMAS_FILE), `${JSON.stringify(data)}\n`);
  console.log(SCHEMAS_FILE);
}

write().catch((error: unknown) => {
  console.error(messageOf(error));
  process.exitCode = 1;
});
