import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import fc from "fast-check";
import { findCredentials } from "../../../adapters/gcp/credentials";
import { formatProblem } from "../../../mesh/common/problem";
import { checkCredentials, checkProjects, withoutRepeats } from "../../../mesh/gke/access";
import { checkGkeInputs } from "../../../mesh/gke/check";
import { temporaryFolder } from "../../support/temporary";

const NAME = "application_default_credentials.json";
const USER = JSON.stringify({ type: "authorized_user", refresh_token: "a-secret" });
/** Nothing listens there. */
const NOBODY = "127.0.0.1:1";

interface Given {
  readonly env?: NodeJS.ProcessEnv;
  readonly config?: { readonly credentials?: string; readonly accessToken?: string };
  readonly home?: string;
  readonly platform?: NodeJS.Platform;
}

async function said(given: Given = {}): Promise<string> {
  const { env = {}, config = {}, home = temporaryFolder("home"), platform = "linux" } = given;
  const all = { GCE_METADATA_HOST: NOBODY, ...env };
  const search = await findCredentials({ env: all, config, home, platform });
  return checkCredentials(search).map(formatProblem).join("\n");
}

function fileWith(text: string): string {
  const path = join(temporaryFolder("key"), "key.json");
  writeFileSync(path, text);
  return path;
}

function homeWith(text: string, ...folders: readonly string[]): string {
  const home = temporaryFolder("home");
  mkdirSync(join(home, ...folders), { recursive: true });
  writeFileSync(join(home, ...folders, NAME), text);
  return home;
}

describe("credentials of a GKE stack", () => {
  it("there are none: the command that makes some", async () => {
    const home = temporaryFolder("home");
    const text = await said({ home });
    assert.match(text, /there are none/);
    assert.ok(text.includes(join(home, ".config", "gcloud", NAME)), text);
    assert.match(text, /; fix: gcloud auth application-default login; see https:/);
  });

  const works: readonly (readonly [string, () => Given])[] = [
    ["a token in the environment", () => ({ env: { GOOGLE_OAUTH_ACCESS_TOKEN: "t" } })],
    ["a token in gcp:accessToken", () => ({ config: { accessToken: "t" } })],
    ["JSON in gcp:credentials", () => ({ config: { credentials: USER } })],
    ["a path in gcp:credentials", () => ({ config: { credentials: fileWith(USER) } })],
    ["JSON in GOOGLE_CREDENTIALS", () => ({ env: { GOOGLE_CREDENTIALS: USER } })],
    ["a path in GOOGLE_CREDENTIALS", () => ({ env: { GOOGLE_CREDENTIALS: fileWith(USER) } })],
    ["GCLOUD_KEYFILE_JSON", () => ({ env: { GCLOUD_KEYFILE_JSON: USER } })],
    [
      "a file in GOOGLE_APPLICATION_CREDENTIALS",
      () => ({ env: { GOOGLE_APPLICATION_CREDENTIALS: fileWith(USER) } }),
    ],
    ["gcloud's own file", () => ({ home: homeWith(USER, ".config", "gcloud") })],
    [
      "gcloud's own file on Windows",
      () => {
        const home = homeWith(USER, "gcloud");
        return { env: { APPDATA: home }, platform: "win32" };
      },
    ],
  ];
  for (const [title, given] of works) {
    it(`${title} is enough`, async () => assert.equal(await said(given()), ""));
  }

  it("a file that is named and does not exist is an error, even beside gcloud's own", async () => {
    const text = await said({
      env: { GOOGLE_APPLICATION_CREDENTIALS: "/gone/key.json" },
      home: homeWith(USER, ".config", "gcloud"),
    });
    assert.match(text, /GOOGLE_APPLICATION_CREDENTIALS: \/gone\/key\.json does not exist; fix:/);
  });

  for (const [content, reason] of [
    ["ya29", /key\.json is not JSON/],
    ["{}", /key\.json is not a credential file/],
    ["null", /key\.json is not a credential file/],
    [JSON.stringify({ installed: {} }), /its `type` is none of authorized_user/],
  ] as const) {
    it(`a file with ${content} is none`, async () => {
      const env = { GOOGLE_APPLICATION_CREDENTIALS: fileWith(content) };
      assert.match(await said({ env }), reason);
    });
  }

  it("keys are not printed", async () => {
    const text = await said({ env: { GOOGLE_CREDENTIALS: '{"private_key": "a-secret"' } });
    assert.match(text, /GOOGLE_CREDENTIALS: its text is not JSON/);
    assert.doesNotMatch(text, /a-secret/);
  });

  it("an empty variable counts as unset", async () => {
    const env = { GOOGLE_APPLICATION_CREDENTIALS: "", GOOGLE_CREDENTIALS: " " };
    assert.match(await said({ env }), /there are none/);
  });

  it("names the file that gcloud wrote where the provider does not look", async () => {
    const folder = homeWith(USER, "cloudsdk");
    const env = { CLOUDSDK_CONFIG: join(folder, "cloudsdk") };
    const text = await said({ env });
    assert.ok(
      text.includes(`export GOOGLE_APPLICATION_CREDENTIALS=${join(folder, "cloudsdk", NAME)}`),
      text,
    );
  });

  describe("on a machine of Google's", () => {
    let server: Server;
    let flavor: string;
    let asked: string | undefined;

    beforeEach((done) => {
      flavor = "Google";
      asked = undefined;
      server = createServer((request, response) => {
        asked = request.headers["metadata-flavor"] as string | undefined;
        response.setHeader("Metadata-Flavor", flavor).end("computeMetadata/");
      }).listen(0, "127.0.0.1", done);
    });

    afterEach((done) => {
      server.close(done);
      server.closeAllConnections();
    });

    const env = () => ({
      GCE_METADATA_HOST: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    });

    it("the metadata server is enough", async () => {
      assert.equal(await said({ env: env() }), "");
      assert.equal(asked, "Google");
    });

    it("another server at its address is not", async () => {
      flavor = "other";
      assert.match(await said({ env: env() }), /there are none/);
    });

    it("it is asked last", async () => {
      await said({ env: env(), home: homeWith(USER, ".config", "gcloud") });
      assert.equal(asked, undefined);
    });
  });
});

describe("the project of a GKE stack", () => {
  const problems = (inputs: object) => checkProjects(inputs).map(formatProblem).join("\n");

  for (const project of [
    "my-project",
    "my-project-id",
    "your-project",
    "YOUR_PROJECT_ID",
    "PROJECT_ID",
    "project",
    "my-gcp-project",
    "<project>",
    "$" + "{PROJECT_ID}",
    "[PROJECT]",
  ]) {
    it(`${project} is a placeholder`, () => {
      const text = problems({ project });
      assert.match(text, /: project: is a placeholder/);
      assert.match(text, /gcloud projects list.*gcloud config set project ID/);
    });
  }

  for (const project of [
    "shop-prod",
    "my-project-393011",
    "acme-project",
    "projectile",
    "my-shop-project",
    "example.com:shop",
  ]) {
    it(`${project} may be a real one`, () => assert.equal(problems({ project }), ""));
  }

  it("none at all, and placeholders elsewhere, are told together", () => {
    const text = problems({
      fleet: { project: "PROJECT_ID" },
      dns: [{ project: "dns-prod" }, { project: "my-project" }],
    });
    assert.match(text, /: project: is not set/);
    assert.match(text, /fleet\.project: is a placeholder/);
    assert.match(text, /dns\[1\]\.project: is a placeholder/);
    assert.doesNotMatch(text, /dns\[0\]/);
  });

  it("is told once, though a placeholder is not an ID either", () => {
    const inputs = {
      project: "PROJECT_ID",
      location: "europe",
      cluster: { kind: "existing", name: "prod" },
    } as const;
    const all = withoutRepeats([...checkProjects(inputs), ...checkGkeInputs(inputs)]);
    assert.deepEqual(
      all.map(({ path, reason }) => `${path} ${reason}`),
      [
        "project is a placeholder, not a project of yours",
        "location is neither a region nor a zone",
      ],
    );
  });

  it("never throws, whatever it is given", () => {
    fc.assert(
      fc.property(fc.anything({ maxDepth: 3 }), fc.anything(), (inputs, part) => {
        checkProjects(inputs as null);
        checkProjects({ project: part, fleet: part, dns: [part] } as unknown as null);
      }),
    );
  });

  it("what is not even text is left to the check of types", () => {
    assert.equal(problems({ project: 12, dns: "x" }), "");
  });
});
