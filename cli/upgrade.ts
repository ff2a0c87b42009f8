import { Command } from "commander";
import { DEFAULT_VERSION } from "../mesh/model/defaultVersion";
import { withOutput } from "./output";
import { exitCodeOf, report } from "./report";
import { withStackFlag } from "./stack";
import { showPlan } from "./upgradePlan";
import { type ReportFlags, showReport } from "./upgradeReport";
import { finishUpgrade, resumeUpgrade, rollBackUpgrade, startUpgrade } from "./upgradeRun";
import { pauseUpgrade, showUpgradeStatus } from "./upgradeStatus";
import { upgradeWaves } from "./upgradeWaves";
import { namesSeveral, type WavesFlags } from "./wavesInput";
import { showWavesStatus } from "./wavesStatus";

const HELP = `
Examples:
  mesh upgrade plan --stack prod --to ${DEFAULT_VERSION}     # the stages in words; changes nothing
  mesh upgrade start --stack prod --to ${DEFAULT_VERSION}    # goes, up to a gate that says no
  mesh upgrade status --stack prod               # where the upgrade stands
  mesh upgrade pause --stack prod                # stops at the next safe moment
  mesh upgrade resume --stack prod               # goes on, from any machine
  mesh upgrade rollback --stack prod             # back to the mesh of before`;

const PLAN_HELP = `
Exit code: 0 planned, 1 the inputs or the policy are wrong, 2 the stack cannot be read.

Examples:
  mesh upgrade plan --stack prod --to ${DEFAULT_VERSION}
  mesh upgrade plan --stack prod --to ${DEFAULT_VERSION} --policy upgrade.yaml
  mesh upgrade plan --stack prod --to ${DEFAULT_VERSION} -o json | jq -r '.stages[].name'`;

const STATUS_HELP = `
Exit code: 0 also when no upgrade is under way, 2 the stack cannot be read.

Examples:
  mesh upgrade status --stack prod
  mesh upgrade status --stack prod -o json | jq -r .next
  mesh upgrade status --waves waves.yaml     # how far each stack is`;

const RUN_EXITS = `
Exit code: 0 done, or --until is reached; 1 the inputs or the policy are wrong; 2 it could not begin, or somebody
else updates the stack; 3 it waits for a person; 4 a gate has failed and the gateways are back where they were; 5 an
update failed and what served before serves; 130 Ctrl-C.`;

const START_HELP = `${RUN_EXITS}

Each stage is a preview, an update, and its gates. Ctrl-C lets a running update end as Pulumi does. An upgrade under
way goes on; its pauses hold.

Examples:
  mesh upgrade start --stack prod --to ${DEFAULT_VERSION}
  mesh upgrade start --stack prod --to ${DEFAULT_VERSION} --until gateway-web-10
  mesh upgrade start --stack prod --to ${DEFAULT_VERSION} --report upgrade.html --report upgrade.json
  mesh upgrade start --stack prod --to ${DEFAULT_VERSION} --policy upgrade.yaml --yes -o json
  mesh upgrade start --stacks dev,eu,us --to ${DEFAULT_VERSION}    # one stack after the other
  mesh upgrade start --waves waves.yaml              # wave by wave, with time between them`;

const RESUME_HELP = `${RUN_EXITS}

The pause of the current stage does not hold any more: who resumes has looked.

Examples:
  mesh upgrade resume --stack prod
  mesh upgrade resume --stack prod --until namespaces-1 --yes
  mesh upgrade resume --stack prod --report upgrade.html     # goes on with the report
  mesh upgrade resume --waves waves.yaml     # goes on with the stacks that are not done`;

const PAUSE_HELP = `
Exit code: 0 it is asked for; 2 no upgrade is under way, or the backend takes no tag.

It works from any machine, also while an update runs: a tag of the stack asks for it. A running update ends first.
Then the runner ends with exit code 3, and start ends so too, until somebody resumes or rolls back. Shares of traffic
stay as they are.

Examples:
  mesh upgrade pause --stack prod
  mesh upgrade resume --stack prod     # goes on`;

const ROLLBACK_HELP = `
Exit code: 0 it is back; 1 the way back is refused; 2 it could not begin, or somebody else updates the stack; 5 an
update failed; 130 Ctrl-C.

Examples:
  mesh upgrade rollback --stack prod                    # to the first stage: the mesh of before
  mesh upgrade rollback --stack prod --to gateway-web-10`;

const FINISH_HELP = `
Exit code: 0 done, 1 the last stage is not reached, 2 it could not begin, 5 the update failed, 130 Ctrl-C.

start and resume do this by themselves. It is for an upgrade that pulumi up has brought to the stage finish.

Examples:
  mesh upgrade finish --stack prod`;

const REPORT_HELP = `
Exit code: 0 printed, 2 the file cannot be read or is no report.

Examples:
  mesh upgrade report upgrade.html
  mesh upgrade report upgrade.json --report upgrade.html     # the page of a CI run that kept the JSON
  mesh upgrade report upgrade.html -o json | jq '.report.steps[].stage'`;

/** Runs a command that prints, and sets its exit code. */
function printing<T>(show: (flags: T) => void): (flags: T) => void {
  return (flags) => {
    try {
      show(flags);
    } catch (error) {
      report(error);
      process.exitCode = exitCodeOf(error);
    }
  };
}

function withUpgradeFlags(command: Command): Command {
  return command
    .option("--to <version>", "the Istio version to go to (default: that of the upgrade under way)")
    .option("--policy <file>", "YAML with the policy (default: mesh:upgrade.policy)");
}

function planCommand(): Command {
  const command = new Command("plan")
    .description(
      "show the stages of an upgrade in words: what moves, which pods restart, which gates",
    )
    .addHelpText("after", PLAN_HELP);
  return withOutput(withUpgradeFlags(withStackFlag(command, "the stack to upgrade"))).action(
    printing(showPlan),
  );
}

/** Adds the flags that name several stacks. */
function withWavesFlags(command: Command): Command {
  return command
    .option("--stacks <names>", "instead of --stack: several, with commas between them")
    .option("--waves <file>", "instead of --stack: YAML with waves of stacks");
}

function upgradeStatusCommand(): Command {
  const command = new Command("status")
    .description("show in which stage an upgrade is, by the state of the stack")
    .addHelpText("after", STATUS_HELP);
  const flags = withWavesFlags(withStackFlag(command, "the stack that is upgraded"));
  return withOutput(flags)
    .option(
      "--to <version>",
      "with several stacks: the Istio version to go to (default: that of the upgrade under way)",
    )
    .action(async (given: WavesFlags) => {
      if (namesSeveral(given)) {
        await showWavesStatus(given);
      } else {
        printing(showUpgradeStatus)(given);
      }
    });
}

/** Runs a command for one stack or for several. */
function forStacks(verb: "start" | "resume", one: (flags: WavesFlags) => Promise<void>) {
  return (flags: WavesFlags) => (namesSeveral(flags) ? upgradeWaves(flags, verb) : one(flags));
}

function withReport(command: Command, meaning: string): Command {
  return command.option(
    "--report <file>",
    `${meaning}, as .html or .json; repeatable`,
    (file: string, files: readonly string[] = []) => [...files, file],
  );
}

/** Flags of the commands that change something. */
function withRunFlags(command: Command): Command {
  return withReport(
    withOutput(
      withStackFlag(command, "the stack to upgrade").option(
        "-y, --yes",
        "do it without a question",
      ),
    ),
    "write a report while it runs, or go on with one",
  );
}

function startCommand(): Command {
  const command = new Command("start")
    .description("begin an upgrade, or go on with one, stage by stage with gates in between")
    .option("--until <stage>", "stop after this stage (default: the last one)")
    .addHelpText("after", START_HELP);
  return withWavesFlags(withRunFlags(withUpgradeFlags(command))).action(
    forStacks("start", startUpgrade),
  );
}

function resumeCommand(): Command {
  const command = new Command("resume")
    .description("go on with an upgrade that waits, was stopped or was killed")
    .option("--until <stage>", "stop after this stage (default: the last one)")
    .addHelpText("after", RESUME_HELP);
  return withWavesFlags(withRunFlags(command))
    .option("--to <version>", "the Istio version to go to (default: that of the upgrade under way)")
    .action(forStacks("resume", resumeUpgrade));
}

function pauseCommand(): Command {
  const command = new Command("pause")
    .description("ask a running upgrade to stop at the next safe moment, from any machine")
    .addHelpText("after", PAUSE_HELP);
  return withOutput(withStackFlag(command, "the stack that is upgraded")).action(
    printing(pauseUpgrade),
  );
}

function rollbackCommand(): Command {
  const command = new Command("rollback")
    .description("go back to an earlier stage")
    .option("--to <stage>", "the stage to go back to (default: the first one)")
    .addHelpText("after", ROLLBACK_HELP);
  return withRunFlags(command).action(rollBackUpgrade);
}

function finishCommand(): Command {
  const command = new Command("finish")
    .description("write the configuration that a person would have written, without mesh:upgrade")
    .addHelpText("after", FINISH_HELP);
  return withRunFlags(command).action(finishUpgrade);
}

function reportCommand(): Command {
  const command = new Command("report")
    .description("say in words what a report of --report has, or write it in its other form")
    .argument("<file>", "the page or the JSON")
    .addHelpText("after", REPORT_HELP);
  return withReport(withOutput(command), "write it to this file").action(
    (file: string, flags: ReportFlags) => printing(() => showReport(file, flags))(flags),
  );
}

/** Returns the command `mesh upgrade`. */
export function upgradeCommand(): Command {
  return new Command("upgrade")
    .description("take a mesh to another version of Istio, stage by stage")
    .addCommand(planCommand())
    .addCommand(startCommand())
    .addCommand(upgradeStatusCommand())
    .addCommand(pauseCommand())
    .addCommand(resumeCommand())
    .addCommand(rollbackCommand())
    .addCommand(finishCommand())
    .addCommand(reportCommand())
    .addHelpText("after", HELP);
}
