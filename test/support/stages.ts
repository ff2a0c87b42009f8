/** Declares a test as `it` does, that goes on where the one before it has ended. */
export type Stage = (title: string, body: () => unknown) => Mocha.Test;

interface Declared {
  readonly title: string;
  readonly body: () => unknown;
  state: "waits" | "runs" | "has ended" | "has failed";
}

async function run(stage: Declared): Promise<void> {
  stage.state = "runs";
  try {
    await stage.body();
    stage.state = "has ended";
  } catch (error) {
    stage.state = "has failed";
    throw error;
  }
}

/**
 * Tests that tell one story on one scene. Each can be run by itself: it goes through those before it
 * first, as far as that has not been done. After one that fails the others fail at once, and name it.
 *
 * @example
 * const stage = stages();
 * stage("is installed", async () => …);
 * stage("is upgraded", async () => …); // with `-g upgraded`, it is installed first
 */
export function stages(): Stage {
  const all: Declared[] = [];
  return (title, body) => {
    const own: Declared = { title, body, state: "waits" };
    all.push(own);
    const upToOwn = all.slice();
    return it(title, async function () {
      const left = upToOwn.filter(({ state }) => state === "waits");
      this.timeout(this.timeout() * Math.max(1, left.length));
      for (const stage of upToOwn) {
        if (stage.state === "waits") {
          await run(stage);
        } else if (stage.state !== "has ended") {
          throw new Error(`what goes before ${stage.state}: ${stage.title}`);
        }
      }
    });
  };
}
