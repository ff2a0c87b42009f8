import assert from "node:assert/strict";
import { overlayLibrary } from "../../../adapters/overlays";
import { InvalidInput } from "../../../mesh/common/problem";
import { toFlags } from "../../../mesh/spec/flags";
import { dumpPart, dumpProfile, listProfiles, profileDump } from "../../../mesh/spec/profiles";
import { at, overlayText, removeFolders, resolve, temporaryFolder, VERSION } from "../mesh/support";

describe("profiles", () => {
  after(removeFolders);

  it("all are listed, each with a sentence and its file; those for GKE are marked", () => {
    const list = listProfiles(VERSION, overlayLibrary());
    assert.deepEqual(
      list.map(({ name }) => name),
      overlayLibrary().profiles.names,
    );
    for (const { name, origin, summary, file } of list) {
      assert.ok(summary.length > 3 && !summary.includes("#"), name);
      assert.equal(origin, name.startsWith("asm-") ? "gke" : "istio");
      assert.equal(file, `overlays/profiles/${name}.yaml`);
    }
  });

  it("a version with a profile of its own has that one", () => {
    const remote = (version: string) =>
      listProfiles(version, overlayLibrary()).find(({ name }) => name === "remote")?.file;
    assert.equal(remote("1.23.2"), "overlays/profiles/lt-1.24/remote.yaml");
    assert.equal(remote("1.24.0"), "overlays/profiles/remote.yaml");
    assert.equal(
      at(profileDump("remote", "1.23.2", overlayLibrary()), "spec.components.istiodRemote.enabled"),
      true,
    );
    assert.equal(
      at(profileDump("remote", VERSION, overlayLibrary()), "spec.components.istiodRemote"),
      undefined,
    );
  });

  it("a dump is merged on the default profile, with hub, tag and the profile's name", () => {
    const dump = profileDump("ambient", VERSION, overlayLibrary());
    assert.deepEqual(Object.keys(dump), ["apiVersion", "kind", "spec"]);
    assert.equal(at(dump, "spec.profile"), "ambient");
    assert.equal(at(dump, "spec.components.pilot.enabled"), true);
    assert.equal(at(dump, "spec.components.ztunnel.enabled"), true);
    assert.deepEqual([at(dump, "spec.hub"), at(dump, "spec.tag")], ["docker.io/istio", VERSION]);
  });

  it("a file goes on top of the profile that it names", () => {
    const folder = temporaryFolder({
      "mine.yaml": overlayText("spec:\n  profile: minimal\n  meshConfig:\n    trustDomain: x\n"),
    });
    const dump = profileDump(`${folder}/mine.yaml`, VERSION, overlayLibrary());
    assert.equal(at(dump, "spec.meshConfig.trustDomain"), "x");
    assert.equal(at(dump, "spec.profile"), "minimal");
  });

  it("an unknown profile is refused with the names that there are", () => {
    assert.throws(
      () => profileDump("ambeint", VERSION, overlayLibrary()),
      /there is no profile.*did you mean "ambient"/,
    );
    assert.throws(() => profileDump("./nope.yaml", VERSION, overlayLibrary()), InvalidInput);
  });

  it("--config-path: maps, elements of lists, and what is near an unknown key", () => {
    const dump = dumpProfile(resolve());
    assert.deepEqual(dumpPart(dump, "components.pilot"), { enabled: true });
    assert.equal(dumpPart(dump, "components.ingressGateways[0].name"), "istio-ingressgateway");
    assert.throws(() => dumpPart(dump, "components.pilto"), /did you mean "pilot"/);
    assert.throws(() => dumpPart(dump, "components.ingressGateways[7]"), InvalidInput);
    assert.throws(() => dumpPart(dump, "hub.x"), InvalidInput);
  });

  it("-o flags as istioctl printed them: sorted, texts in quotes, elements by position", () => {
    const document = { tag: "1.2", list: [{ enabled: true, n: 1 }], "a.b": "x", empty: {} };
    assert.deepEqual(toFlags(document), [
      'a\\.b="x"',
      "list[0].enabled=true",
      "list[0].n=1",
      'tag="1.2"',
    ]);
  });
});
