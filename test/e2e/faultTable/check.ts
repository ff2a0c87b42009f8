import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import type { Finding } from "../../../mesh/checks/finding";
import { type Command, commandsIn, type Expected, type Fault } from "./fault";
import type { Site } from "./site";

const COMMANDS: readonly Command[] = ["precheck", "validate"];

/** Controllers and proxies take their time to see what was done. */
const SEEN_MS = 100_000;
const AGAIN_MS = 1_000;

type Said = Readonly<Record<Command, readonly Finding[]>>;

const matches = (finding: Finding, { check, severity, object, reason, fix }: Expected) =>
  finding.check === check &&
  finding.severity === severity &&
  object.test(finding.object) &&
  reason.test(finding.reason) &&
  fix.test(finding.fix ?? "");

async function ask(site: Site, { flags = {} }: Pick<Fault, "flags">): Promise<Said> {
  const [precheck, validate] = await Promise.all(
    COMMANDS.map((command) => site.faults(command, flags[command]?.(site))),
  );
  return { precheck: precheck ?? [], validate: validate ?? [] };
}

/** What is expected and not said, and what is said and not expected; each thing as often as it may be. */
function differences({ expected }: Fault, said: Said): string[] {
  const missing = expected.filter((each) => !said[each.by].some((one) => matches(one, each)));
  const double = expected.filter(
    (each) => each.several !== true && said[each.by].filter((one) => matches(one, each)).length > 1,
  );
  const alarms = COMMANDS.flatMap((command) =>
    said[command]
      .filter((one) => !expected.some((each) => each.by === command && matches(one, each)))
      .map((one) => `not expected of ${command}: ${JSON.stringify(one)}`),
  );
  return [
    ...missing.map(({ by, check, object }) => `not said by ${by}: [${check}] ${object}`),
    ...double.map(({ by, check, object }) => `said twice by ${by}: [${check}] ${object}`),
    ...alarms,
  ];
}

/** Asks until the answer is as wished, and fails with what it was last. */
async function until(
  site: Site,
  fault: Pick<Fault, "flags">,
  wrong: (said: Said) => readonly string[],
): Promise<Said> {
  const deadline = Date.now() + SEEN_MS;
  for (;;) {
    const said = await ask(site, fault);
    const left = wrong(said);
    if (left.length === 0) {
      return said;
    }
    assert.ok(Date.now() < deadline, left.join("\n"));
    await delay(AGAIN_MS);
  }
}

/** Neither command says anything above info. */
export async function untilWell(site: Site, fault: Pick<Fault, "flags"> = {}): Promise<void> {
  await until(site, fault, ({ precheck, validate }) =>
    [...precheck, ...validate].map((one) => JSON.stringify(one)),
  );
}

/** Does what the command printed. */
async function followFix(site: Site, { expected, follow }: Fault, said: Said): Promise<void> {
  if (follow.kind === "words") {
    const all = [...said.precheck, ...said.validate].map(({ fix = "" }) => fix);
    await follow.act(site, all);
    return;
  }
  const wanted = expected[follow.of] as Expected;
  const fixes = said[wanted.by].filter((one) => matches(one, wanted)).map(({ fix = "" }) => fix);
  if (follow.kind === "pulumi") {
    assert.ok(
      fixes.every((fix) => fix.includes(`pulumi ${follow.command}`)),
      fixes.join("\n"),
    );
    await runPulumi(site, follow.command);
    return;
  }
  for (const line of new Set(fixes.flatMap(commandsIn))) {
    await site.shellWell(line);
  }
}

async function runPulumi({ stack }: Site, command: string): Promise<void> {
  const [name, ...args] = command.split(" ");
  if (name === "up") {
    await stack.up(args);
    return;
  }
  const { code, output } = await stack.pulumi([name ?? "", ...args, "--stack", stack.name]);
  assert.equal(code, 0, output);
}

/** Seeds a fault, has it found, follows the printed fix, and has all found well again. */
export async function checkFault(site: Site, fault: Fault): Promise<void> {
  try {
    await fault.seed(site);
    const said = await until(site, fault, (answer) => differences(fault, answer));
    await followFix(site, fault, said);
    await untilWell(site, fault);
  } catch (error) {
    // What went wrong first is what is to be told.
    const undo = "undo" in fault ? fault.undo : fault.undoAfterFailure;
    await undo(site).catch(() => undefined);
    throw error;
  }
  if ("undo" in fault) {
    await fault.undo(site);
  }
}
