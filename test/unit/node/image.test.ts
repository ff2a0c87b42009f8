import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { list } from "tar";
import { writeArchive } from "../../node/images/archive";
import { image } from "../../node/images/image";
import { temporaryFolder } from "../../support/temporary";

describe("images of a real node", () => {
  const folder = temporaryFolder("images");
  const program = join(folder, "program");
  const settings = join(folder, "settings");

  before(() => {
    writeFileSync(program, "#!/bin/sh\n");
    writeFileSync(settings, "{}");
  });

  const hello = () =>
    image("localhost/hello:1", {
      programs: { "/usr/bin/hello": program },
      files: { "/etc/hello.json": settings },
      entrypoint: ["/usr/bin/hello"],
      user: "1337:1337",
    });

  function config(): { config: object; rootfs: { diff_ids: string[] } } {
    const { blobs } = hello();
    return JSON.parse(Buffer.concat([...(blobs.at(-1)?.pieces ?? [])]).toString());
  }

  /** Paths and modes of an archive. */
  function entries(file: string): Record<string, number> {
    const found: Record<string, number> = {};
    const onReadEntry = ({ path, mode = 0 }: { path: string; mode?: number }) => {
      found[path] = mode;
    };
    list({ file, sync: true, onReadEntry });
    return found;
  }

  function layerEntries(index: number): Record<string, number> {
    const file = join(folder, `layer-${index}.tar`);
    writeFileSync(file, Buffer.concat([...(hello().blobs[index]?.pieces ?? [])]));
    return entries(file);
  }

  it("say what runs, and as whom", () => {
    const { Entrypoint, User } = config().config as { Entrypoint: string[]; User: string };
    assert.deepEqual(Entrypoint, ["/usr/bin/hello"]);
    assert.equal(User, "1337:1337");
  });

  it("have a layer with what every program needs, and one for each file with its folders", () => {
    assert.deepEqual(layerEntries(0), { "tmp/": 0o1777, "etc/": 0o755, "etc/passwd": 0o644 });
    assert.deepEqual(layerEntries(1), { "usr/": 0o755, "usr/bin/": 0o755, "usr/bin/hello": 0o755 });
    assert.deepEqual(layerEntries(2), { "etc/": 0o755, "etc/hello.json": 0o644 });
    assert.equal(config().rootfs.diff_ids.length, 3);
  });

  it("are the same bytes each time", () => {
    assert.equal(hello().manifest.digest, hello().manifest.digest);
  });

  it("share what they have in common in an archive, and are named there", () => {
    const file = join(folder, "images.tar");
    const again = { ...hello(), name: "localhost/again:1" };
    writeArchive(file, [hello(), again]);
    const blobs = Object.keys(entries(file)).filter((path) => path.startsWith("blobs/sha256/"));
    assert.equal(blobs.length, 5);
    const text = readFileSync(file, "utf8");
    assert.match(text, /"io.containerd.image.name":"localhost\/again:1"/);
  });
});
