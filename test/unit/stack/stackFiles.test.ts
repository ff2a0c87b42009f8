import assert from "node:assert/strict";
import {
  configText,
  fileConfig,
  secretTexts,
  stackPath,
  withoutSecrets,
} from "../../../mesh/plan/stackFiles";

const SECURE = { secure: "v1:AAAA:BBBB" };

describe("a stack's configuration in files", () => {
  const read = (project: object, stack?: object, projectName = "shop") =>
    fileConfig(
      { projectName, project: { config: project }, stack: stack && { config: stack } } as never,
      "mesh",
    );

  it("has the project's keys, and the stack's in their place", () => {
    const { values, unclear } = read(
      {
        "mesh:hub": "a",
        "mesh:tag": { value: "b" },
        "mesh:precheck": { value: true, description: "Checks the cluster." },
        "aws:region": "x",
      },
      { "mesh:hub": "c" },
    );
    assert.deepEqual(values, {
      "mesh:hub": { value: "c", from: "stack" },
      "mesh:tag": { value: "b", from: "project" },
      "mesh:precheck": { value: true, from: "project" },
    });
    assert.deepEqual(unclear, []);
  });

  it("has keys without a namespace only in a project of that name", () => {
    const config = { hub: "a", "mesh:config:tag": "b" };
    assert.deepEqual(Object.keys(read({}, config).values), ["mesh:tag"]);
    assert.deepEqual(Object.keys(read({}, config, "mesh").values), ["mesh:hub", "mesh:tag"]);
  });

  it("says what only Pulumi can tell", () => {
    const unclear = (...args: Parameters<typeof read>) => read(...args).unclear;
    assert.deepEqual(unclear({}), ["the stack has no file"]);
    assert.deepEqual(unclear({ "mesh:hub": { type: "string", default: "a" } }, {}), [
      "mesh:hub is declared with a type or a default",
    ]);
    assert.deepEqual(unclear({}, { "mesh:charts": { path: SECURE }, "aws:key": SECURE }), [
      "mesh:charts is encrypted",
    ]);
    const files = { projectName: "shop", project: {}, stack: { environment: ["prod"] } };
    assert.deepEqual(fileConfig(files, "mesh").unclear, [
      "the stack takes values from environments",
    ]);
  });

  it("is text, with lists and maps as JSON", () => {
    assert.deepEqual(["a", 1.3, true, ["b"], null].map(configText), [
      "a",
      "1.3",
      "true",
      '["b"]',
      "",
    ]);
  });

  it("knows which texts are secret", () => {
    const file = { url: SECURE, kind: "oci", list: [SECURE, "open"] };
    assert.deepEqual(withoutSecrets(file), {
      url: "[secret]",
      kind: "oci",
      list: ["[secret]", "open"],
    });
    const decrypted = { url: "oci://a", kind: "oci", list: ["hidden", "open"] };
    assert.deepEqual(secretTexts(file, decrypted), ["oci://a", "hidden"]);
    assert.deepEqual(secretTexts(undefined, decrypted), ["oci://a", "oci", "hidden", "open"]);
  });
});

describe("the name of a stack", () => {
  it("may have an organization and a project", () => {
    assert.deepEqual(stackPath("prod"), { stack: "prod" });
    assert.deepEqual(stackPath("acme/prod"), { organization: "acme", stack: "prod" });
    assert.deepEqual(stackPath("acme/shop/prod"), {
      organization: "acme",
      project: "shop",
      stack: "prod",
    });
  });
});
