import { counted } from "../common/lists";
import { changesText } from "../runner/events";
import type { ReportStep, StepGate, StepResult } from "../upgradeReport/model";
import type { TimeAxis } from "../upgradeReport/timeAxis";
import { lengthText, timeText } from "../upgradeReport/words";
import { type Html, html, percent } from "./html";
import { timeLabels } from "./plot";

/** How results are shown. The words go with the colour, for people who do not see it. */
const RESULTS: Readonly<Record<StepResult, { readonly text: string; readonly tone: string }>> = {
  passed: { text: "passed", tone: "good" },
  back: { text: "taken back", tone: "back" },
  gate: { text: "stopped by a gate", tone: "bad" },
  failed: { text: "update failed", tone: "bad" },
  waits: { text: "waits", tone: "waiting" },
  interrupted: { text: "interrupted", tone: "waiting" },
  unknown: { text: "not ended", tone: "running" },
};

const OUTCOMES = {
  good: "good",
  bad: "bad",
  noData: "no data",
  unreachable: "not reached",
  impossible: "cannot be measured",
} as const;

const VERDICTS = { passed: "passed", failed: "failed", undecided: "not decided" } as const;

function bar({ began, updated, ended }: ReportStep, axis: TimeAxis): Html {
  const [from, middle, to] = [began, updated ?? ended, ended].map(axis.at) as [
    number,
    number,
    number,
  ];
  const part = (kind: string, left: number, right: number) =>
    html`<span class="bar ${kind}" style="left:${percent(left)};width:max(3px,${percent(right - left)})"></span>`;
  return html`${part("update", from, middle)}${to > middle ? part("gates", middle, to) : undefined}`;
}

/** Returns the stages on a time line: a bar for each update, and a paler one for its gates. */
export function timeline(steps: readonly ReportStep[], axis: TimeAxis): Html {
  const rows = steps.map((step) => {
    const { text, tone } = RESULTS[step.result];
    return html`<li class="row ${tone}${step.isBack ? " is-back" : ""}">
<div class="name"><span class="number">${step.number}</span><a class="stage" href="#step-${step.number}">${step.stage}</a><span class="result">${text}</span></div>
<div class="track">${axis.gaps.map(({ from, to }) => html`<span class="hole" style="left:${percent(from)};width:${percent(to - from)}"></span>`)}${bar(step, axis)}</div>
<div class="length">${lengthText(step.ended - step.began)}</div>
</li>`;
  });
  return html`<ol class="timeline">${rows}</ol>
<div class="timeline-axis"><div class="x-labels">${timeLabels(axis)}</div></div>
<p class="legend"><span class="key update"></span> update <span class="key gates"></span> gates ${axis.gaps.map(({ ms }) => html`<span class="key hole"></span> ${lengthText(ms)} in which nothing ran `)}</p>`;
}

function gateDetail({ name, verdict, saw, measurements }: StepGate): Html {
  const dots = measurements.map(
    ({ at, outcome, saw: seen }) =>
      html`<span class="dot ${outcome}" title="${timeText(at)} ${OUTCOMES[outcome]}: ${seen}"></span>`,
  );
  const rows = measurements.map(
    ({ at, outcome, saw: seen }) =>
      html`<tr class="${outcome}"><td>${timeText(at)}</td><td>${OUTCOMES[outcome]}</td><td>${seen}</td></tr>`,
  );
  return html`<div class="gate ${verdict ?? "open"}">
<p><b>${name}</b> <span class="verdict">${verdict === undefined ? "not decided yet" : VERDICTS[verdict]}</span> <span class="dots" aria-hidden="true">${dots}</span></p>
${saw === undefined ? undefined : html`<p class="saw">${saw}</p>`}
${rows.length === 0 ? undefined : html`<details><summary>${counted(rows.length, "measurement")}</summary><div class="scroll"><table><tbody>${rows}</tbody></table></div></details>`}
</div>`;
}

function textList(title: string, texts: readonly string[]): Html | undefined {
  return texts.length === 0
    ? undefined
    : html`<details><summary>${title}</summary><ul class="says">${texts.map((text) => html`<li>${text}</li>`)}</ul></details>`;
}

/** Returns what happened in each step: its update, and what its gates measured. */
export function stepDetails(steps: readonly ReportStep[]): Html[] {
  return steps.map((step) => {
    const { text, tone } = RESULTS[step.result];
    const { number, stage, title, began, updated, ended, changes, because } = step;
    const gates =
      updated === undefined || updated === ended ? "" : `, gates ${lengthText(ended - updated)}`;
    return html`<section class="step ${tone}" id="step-${number}">
<h3><span class="number">${number}</span> ${stage} <span class="result">${text}</span></h3>
<p class="what">${title}</p>
<p class="when">${timeText(began)}–${timeText(ended)} UTC · update ${lengthText((updated ?? ended) - began)}${gates}${changes === undefined ? "" : ` · ${changesText(changes)}`}</p>
${because === undefined ? undefined : html`<p class="because">${because}</p>`}
${step.notes.map((note) => html`<p class="note">${note}</p>`)}
${step.gates.map(gateDetail)}
${textList(`${counted(step.says.length, "sentence")} of the preview`, step.says)}
</section>`;
  });
}
