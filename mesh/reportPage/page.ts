import { groupBy } from "../common/lists";
import { planesText } from "../model/facts";
import { DOCUMENT_ID, type PartVersion, type ReportDocument } from "../upgradeReport/document";
import { type ReportStep, upgradeReport } from "../upgradeReport/model";
import { type TimeAxis, timeAxis } from "../upgradeReport/timeAxis";
import { TRAFFIC_METRICS, type TrafficSeries } from "../upgradeReport/traffic";
import { courseOf, dayText, figuresOf, standingOf, timeText } from "../upgradeReport/words";
import { embeddedJson, Html, html } from "./html";
import { lineClass, plot, shortNumber } from "./plot";
import { STYLE } from "./style";
import { stepDetails, timeline } from "./timeline";

/** Nothing is loaded, and no script runs. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'";

function versionTable({ before, after }: ReportDocument): Html {
  const all = [...new Set([...before, ...after].map(({ part }) => part))];
  const parts = [...groupBy(all, (part) => part.split(" ")[0] ?? "").values()].flat();
  const of = (versions: readonly PartVersion[], part: string) =>
    versions.find((one) => one.part === part)?.runs;
  const rows = parts.map((part) => {
    const [was, is] = [of(before, part), of(after, part)];
    return html`<tr><td>${part}</td><td>${was ?? "–"}</td><td class="${was === is ? "" : "changed"}">${is ?? "–"}</td></tr>`;
  });
  return html`<div class="card scroll"><table><thead><tr><th>part</th><th>before</th><th>now</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

function figures(series: readonly TrafficSeries[]): Html {
  const rows = figuresOf(series).map(
    ({ line, requests, failed, highestP99 }) =>
      html`<tr><td>${line}</td><td class="figure">${shortNumber(requests)}</td><td class="figure">${shortNumber(failed)}</td><td class="figure">${highestP99 === undefined ? "–" : `${shortNumber(highestP99)} ms`}</td></tr>`,
  );
  return html`<div class="scroll figures"><table><thead><tr><th></th><th class="figure">requests, about</th><th class="figure">of them failed (5xx)</th><th class="figure">highest p99</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

function trafficGroup(
  title: string,
  series: readonly TrafficSeries[],
  steps: readonly ReportStep[],
  axis: TimeAxis,
): Html {
  const lines = [...new Map(series.map((one) => [one.line, one])).values()];
  const names = lines.map(({ line }) => line);
  const keys = lines.map(
    (one) => html`<span class="key stroke ${lineClass(names, one)}"></span>${one.line}`,
  );
  const plots = TRAFFIC_METRICS.map((metric) => {
    const own = names.flatMap((name) =>
      series.filter((one) => one.metric === metric && one.line === name),
    );
    return plot(metric, own, names, steps, axis);
  });
  return html`<div class="card group"><h3>${title}</h3><p class="legend">${keys}</p><div class="plots">${plots}</div>${figures(series)}</div>`;
}

function traffic(document: ReportDocument, steps: readonly ReportStep[], axis: TimeAxis): Html {
  const { series, missing } = document.traffic;
  const groups = [...groupBy(series, ({ group }) => group)];
  const hint =
    "Bands are updates, violet ones on the way back. The numbers are those of the stages. Errors and latency are what the proxies report to Prometheus.";
  return html`<h2>Requests, errors and latency</h2>
${groups.length === 0 ? undefined : html`<p class="unit">${hint}</p>`}
${missing.map((reason) => html`<p class="missing">${reason}</p>`)}
${groups.map(([title, own]) => trafficGroup(title, own, steps, axis))}`;
}

/** Returns the report as one page of HTML, which needs no network and no script. */
export function reportPage(document: ReportDocument): string {
  const report = upgradeReport(document);
  const { steps, runs } = report;
  const axis = timeAxis(runs);
  const last = runs.at(-1);
  const standing = standingOf(last);
  const written = last?.ended ?? 0;
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>${document.stack}: upgrade to Istio ${document.to}</title>
<style>${new Html(STYLE)}</style></head>
<body><main>
<p class="eyebrow">mesh upgrade</p>
<div class="head"><h1>${document.stack}: Istio ${document.to}</h1><span class="badge ${standing.tone}">${standing.text}</span></div>
<p class="unit">from ${planesText(document.from)} to ${document.revision} (Istio ${document.to}), as of ${dayText(written)} ${timeText(written)} UTC</p>
<h2>What happened</h2>
<div class="card"><ul class="course">${courseOf(document, report).map((text) => html`<li>${text}</li>`)}</ul></div>
<h2>Stages</h2>
<div class="card">${timeline(steps, axis)}</div>
${traffic(document, steps, axis)}
<h2>Versions</h2>
${versionTable(document)}
<h2>Each stage</h2>
${stepDetails(steps)}
<footer>All times are in UTC. The file needs no network and runs no script. A later run with --report and this file goes on with it.</footer>
</main>
<script type="application/json" id="${DOCUMENT_ID}">${embeddedJson(document)}</script>
</body></html>
`.text;
}
