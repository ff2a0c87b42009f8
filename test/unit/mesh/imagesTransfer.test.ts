import assert from "node:assert/strict";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CraneFailure, craneAt } from "../../../adapters/images/crane";
import { craneThatIsThere, findCrane } from "../../../adapters/images/craneProgram";
import {
  type MirrorTarget,
  mapConcurrently,
  type PlannedItem,
  planItems,
  type Store,
  transferImages,
} from "../../../adapters/images/transfer";
import type { RegistryFailure } from "../../../mesh/images/failure";
import type { MirrorItem } from "../../../mesh/images/mirror";
import type { ImageProbe } from "../../../mesh/images/step";
import { removeFolders, temporaryFolder } from "./support";

const A = `sha256:${"a".repeat(64)}`;
const ABSENT: ImageProbe = { failure: { kind: "missing", reason: "404", passing: false } };
const down = (passing: boolean): RegistryFailure => ({
  kind: "unreachable",
  reason: "down",
  passing,
});

const item = (name: string): MirrorItem => ({
  image: `a.io/${name}:1`,
  source: `a.io/${name}:1`,
  target: `r.io/${name}:1`,
});

const toCopy = (name: string): PlannedItem => ({
  ...item(name),
  step: { kind: "copy", digest: A },
});

/** A target that fails so many times, and then takes everything. */
function target(failures: readonly RegistryFailure[] = []) {
  const left = [...failures];
  const there = new Map<string, string>();
  const puts: string[] = [];
  const store: MirrorTarget = {
    async probe({ target: name }) {
      const digest = there.get(name);
      return digest === undefined ? ABSENT : { digest };
    },
    async put({ target: name }, digest) {
      puts.push(name);
      const failure = left.shift();
      if (failure !== undefined) {
        throw new CraneFailure(failure);
      }
      there.set(name, digest);
    },
  };
  return { store, puts };
}

const quick = { pauseMs: 1 };

describe("transfer of images", () => {
  it("no more at a time than allowed, and results in order", async () => {
    let [now, most] = [0, 0];
    const results = await mapConcurrently([30, 1, 20, 5, 1], 2, async (milliseconds) => {
      now += 1;
      most = Math.max(most, now);
      await new Promise((resolve) => setTimeout(resolve, milliseconds));
      now -= 1;
      return milliseconds;
    });
    assert.equal(most, 2);
    assert.deepEqual(results, [30, 1, 20, 5, 1]);
  });

  it("tries again where that may help", async () => {
    const { store, puts } = target([down(true), down(true)]);
    const [outcome] = await transferImages([toCopy("a")], store, quick, () => undefined);
    assert.equal(outcome?.result, "copied");
    assert.equal(puts.length, 3);
  });

  it("gives up after the last try, with the reason", async () => {
    const { store, puts } = target([down(true), down(true), down(true), down(true)]);
    const [outcome] = await transferImages([toCopy("a")], store, quick, () => undefined);
    assert.equal(outcome?.result, "failed");
    assert.equal(outcome?.failure?.reason, "down");
    assert.equal(puts.length, 3);
  });

  it("does not try again in vain, and goes on with the others", async () => {
    const { store, puts } = target([down(false)]);
    const done: string[] = [];
    const plan = [toCopy("a"), toCopy("b")];
    const outcomes = await transferImages(plan, store, { ...quick, jobs: 1 }, ({ result }) =>
      done.push(result),
    );
    assert.deepEqual(
      outcomes.map(({ result }) => result),
      ["failed", "copied"],
    );
    assert.deepEqual(done, ["failed", "copied"]);
    assert.deepEqual(puts, ["r.io/a:1", "r.io/b:1"]);
  });

  it("believes nothing before the target says the digest", async () => {
    const { store } = target();
    const lying: MirrorTarget = {
      ...store,
      probe: async () => ({ digest: `sha256:${"b".repeat(64)}` }),
    };
    const [outcome] = await transferImages([toCopy("a")], lying, quick, () => undefined);
    assert.equal(outcome?.result, "failed");
    assert.match(
      outcome?.failure?.reason ?? "",
      /the target has sha256:b+ where sha256:a+ was sent/,
    );
  });

  it("moves only what is to be copied", async () => {
    const { store, puts } = target();
    const steps: PlannedItem["step"][] = [
      { kind: "present", digest: A },
      { kind: "different", digest: A, found: "x" },
      { kind: "unpinned", digest: A, found: "x" },
      { kind: "failed", side: "source", failure: down(false) },
    ];
    const plan = steps.map((step, index) => ({ ...item(`i${index}`), step }));
    const outcomes = await transferImages(plan, store, quick, () => undefined);
    assert.deepEqual(
      outcomes.map(({ result, failure }) => [result, failure?.reason.slice(0, 12)]),
      [
        ["present", undefined],
        ["failed", "the target h"],
        ["failed", "the source h"],
        ["failed", "source: down"],
      ],
    );
    assert.deepEqual(puts, []);
  });

  it("what is no failure of a registry ends it", async () => {
    const broken: MirrorTarget = {
      probe: async () => ABSENT,
      put: () => Promise.reject(new Error("disk full")),
    };
    await assert.rejects(
      transferImages([toCopy("a")], broken, quick, () => undefined),
      /disk full/,
    );
  });

  it("plans with the pins of each image", async () => {
    const from: Store = { probe: async () => ({ digest: A }) };
    const pins = { "a.io/a:1": A, "a.io/b:1": `sha256:${"c".repeat(64)}` };
    const plan = await planItems([item("a"), item("b")], from, target().store, { pins });
    assert.deepEqual(
      plan.map(({ step }) => step.kind),
      ["copy", "unpinned"],
    );
  });
});

describe("the crane that is used", () => {
  after(removeFolders);

  function program(...path: readonly string[]): string {
    const file = join(temporaryFolder(), ...path);
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(file, '#!/bin/sh\necho "$@"\n');
    chmodSync(file, 0o755);
    return file;
  }

  let named: string;
  let found: string;
  let PATH: string;

  // Not while the file is read: other tests remove the folders that they find.
  before(() => {
    named = program("mine");
    found = program("crane");
    PATH = join(found, "..");
  });

  it("the named one, else PATH's", () => {
    assert.equal(findCrane({ named, env: { PATH } }), named);
    assert.equal(findCrane({ env: { PATH } }), found);
    assert.equal(craneThatIsThere({ env: { PATH } }), found);
  });

  it("without one, the error says how to get it", () => {
    const missing =
      /crane, which moves images, is not on PATH; fix: install crane .*or name it with --crane/;
    assert.throws(() => findCrane({ env: { PATH: "" } }), missing);
    assert.equal(craneThatIsThere({ env: { PATH: "" } }), undefined);
  });

  it("a named one that is no program is refused, whatever PATH has", () => {
    for (const none of ["/nowhere/crane", temporaryFolder({ crane: "not executable" })]) {
      assert.throws(() => findCrane({ named: none, env: { PATH } }), /--crane: .*; fix: install/);
    }
  });

  it("flags are given only where they are asked for", async () => {
    const crane = craneAt(named, new AbortController().signal);
    assert.deepEqual(await crane.digest("i"), { digest: "digest i" });
    assert.deepEqual(await crane.digest("i", { insecure: false, platform: undefined }), {
      digest: "digest i",
    });
    assert.deepEqual(await crane.digest("i", { insecure: true, platform: "linux/amd64" }), {
      digest: "digest i --insecure --platform linux/amd64",
    });
  });

  it("what it says is the reason of a failure", async () => {
    const failing = program("failing");
    writeFileSync(failing, "#!/bin/sh\necho 'Error: dial tcp: connection refused' >&2; exit 1\n");
    const crane = craneAt(failing, new AbortController().signal);
    const probe = await crane.digest("i");
    assert.equal("failure" in probe && probe.failure.kind, "unreachable");
    await assert.rejects(crane.copy("a", "b"), CraneFailure);
  });

  it("ends with the signal", async () => {
    const slow = program("slow");
    writeFileSync(slow, "#!/bin/sh\nexec sleep 60\n");
    const controller = new AbortController();
    const copying = craneAt(slow, controller.signal).copy("a", "b");
    setTimeout(() => controller.abort(new Error("stopped")), 50);
    await assert.rejects(copying, /stopped/);
  });
});
