/** The look of the page. Colours have a light and a dark form; all of it works without a network. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: light-dark(#f6f7f9, #0f1318);
  --card: light-dark(#ffffff, #171c23);
  --text: light-dark(#1b2430, #e4e9f0);
  --soft: light-dark(#5b6878, #97a3b3);
  --rule: light-dark(#e1e6ec, #2a323d);
  --new: light-dark(#3457d5, #86a3ff);
  --new-soft: light-dark(#c6d1f8, #33447f);
  --good: light-dark(#17804b, #58c98d);
  --bad: light-dark(#c3352b, #ff8a80);
  --waiting: light-dark(#96650a, #e8b95a);
  --back: light-dark(#8a3fb0, #cf9af0);
  --other-0: light-dark(#7d8896, #9fabba);
  --other-1: light-dark(#0e8577, #4fc9b9);
  --other-2: light-dark(#b0620f, #eda65a);
  --other-3: light-dark(#8a3fb0, #cf9af0);
  --other-4: light-dark(#5d7a12, #b0d153);
  --other-5: light-dark(#b23a72, #f38ab6);
  font: 15px/1.55 system-ui, "Segoe UI", Roboto, Inter, "Helvetica Neue", sans-serif;
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font-variant-numeric: tabular-nums; }
main { max-width: 1080px; margin: 0 auto; padding: 40px 24px 64px; }
h1, h2, h3, p { margin: 0; overflow-wrap: anywhere; }
h1 { font-size: clamp(1.6rem, 4.5vw, 2.3rem); line-height: 1.2; letter-spacing: -0.02em; }
h2 { font-size: 1.2rem; letter-spacing: -0.01em; margin: 44px 0 14px; }
.eyebrow { color: var(--soft); font-size: 0.85rem; margin-bottom: 6px; }
.head { display: flex; flex-wrap: wrap; gap: 12px 20px; align-items: center; }
.badge { border-radius: 99px; padding: 4px 14px; font-weight: 600; font-size: 0.9rem; border: 1.5px solid; }
.badge.good { color: var(--good); } .badge.bad { color: var(--bad); }
.badge.waiting { color: var(--waiting); } .badge.running { color: var(--new); }
.card { background: var(--card); border: 1px solid var(--rule); border-radius: 12px; padding: 20px 22px; }
.course { list-style: none; margin: 0; padding: 0; display: grid; gap: 8px; }
.course li { overflow-wrap: anywhere; white-space: pre-line; }
.course li:first-child { font-size: 1.08rem; }
.timeline { list-style: none; margin: 0; padding: 0; }
.row, .timeline-axis { display: grid; grid-template-columns: 300px 1fr 66px; gap: 14px; align-items: center; }
.row { padding: 5px 0; border-bottom: 1px solid var(--rule); }
.name { display: flex; flex-wrap: wrap; gap: 9px; align-items: baseline; min-width: 0; }
.number { color: var(--soft); font-size: 0.8rem; min-width: 1.5em; text-align: right; flex: none; }
.stage { font-weight: 550; color: inherit; text-decoration: none; overflow-wrap: anywhere; }
a.stage:hover { text-decoration: underline; }
.result { font-size: 0.8rem; color: var(--soft); white-space: nowrap; }
.bad .result { color: var(--bad); font-weight: 600; } .waiting .result { color: var(--waiting); font-weight: 600; }
.back .result { color: var(--back); } .good .result { color: var(--good); } .running .result { color: var(--new); }
.length { text-align: right; color: var(--soft); font-size: 0.85rem; }
.track { position: relative; height: 18px; }
.bar { position: absolute; top: 2px; bottom: 2px; }
.bar.update { background: var(--new); border-radius: 3px; }
.bar.gates { background: var(--new-soft); border-radius: 0 3px 3px 0; }
.row.is-back .bar.update { background: var(--back); }
.row.bad .bar.gates { background: color-mix(in srgb, var(--bad) 45%, var(--card)); }
.row.bad .bar.update:last-child { background: var(--bad); }
.track .hole, .key.hole { background: repeating-linear-gradient(135deg, var(--rule) 0 3px, transparent 3px 7px); }
.track .hole { position: absolute; top: -5px; bottom: -5px; }
.timeline-axis .x-labels { grid-column: 2; }
.x-labels { position: relative; height: 22px; font-size: 0.75rem; color: var(--soft); }
.tick { position: absolute; top: 4px; transform: translateX(-50%); white-space: nowrap; }
.legend { color: var(--soft); font-size: 0.82rem; margin-top: 8px; display: flex; flex-wrap: wrap; gap: 4px 10px; align-items: center; }
.key { display: inline-block; width: 18px; height: 10px; border-radius: 2px; margin-left: 8px; }
.key.update { background: var(--new); margin-left: 0; } .key.gates { background: var(--new-soft); }
.key.stroke { height: 0; border-top: 3px solid; border-radius: 0; }
.plots { display: grid; gap: 26px; }
.plot { margin: 0; } .plot figcaption { font-weight: 600; font-size: 0.92rem; margin-bottom: 2px; }
.unit { color: var(--soft); font-weight: 400; }
.frame { display: grid; grid-template-columns: 46px 1fr; }
.y-labels { position: relative; height: 150px; margin-top: 18px; font-size: 0.75rem; color: var(--soft); }
.y-labels span { position: absolute; right: 8px; transform: translateY(-50%); }
.area svg { display: block; width: 100%; height: 150px; overflow: visible; }
.marks { position: relative; height: 18px; font-size: 0.7rem; color: var(--soft); }
.mark { position: absolute; transform: translateX(-50%); } .mark.back { color: var(--back); font-weight: 700; }
.grid { stroke: var(--rule); stroke-width: 1; vector-effect: non-scaling-stroke; }
.band { fill: color-mix(in srgb, var(--new) 11%, transparent); }
.band.back { fill: color-mix(in srgb, var(--back) 22%, transparent); }
.gap { fill: color-mix(in srgb, var(--soft) 12%, transparent); }
.line { fill: none; stroke-width: 1.9; vector-effect: non-scaling-stroke; stroke-linejoin: round; }
.place { fill: transparent; } .place:hover { fill: color-mix(in srgb, var(--text) 18%, transparent); }
.line.new { stroke: var(--new); stroke-width: 2.4; } .stroke.new { color: var(--new); }
${[0, 1, 2, 3, 4, 5].map((index) => `.line.other-${index} { stroke: var(--other-${index}); } .stroke.other-${index} { color: var(--other-${index}); }`).join("\n")}
.group { margin-top: 16px; } .group h3 { font-size: 1rem; margin-bottom: 4px; }
.group .legend { margin: 0 0 16px; }
table { border-collapse: collapse; width: 100%; font-size: 0.88rem; }
th { text-align: left; font-weight: 600; color: var(--soft); font-size: 0.8rem; }
th, td { padding: 6px 14px 6px 0; border-bottom: 1px solid var(--rule); vertical-align: top; overflow-wrap: anywhere; }
td.figure, th.figure { text-align: right; }
.figures { margin-top: 18px; } td.changed { font-weight: 650; color: var(--new); }
.scroll { overflow-x: auto; }
.step { background: var(--card); border: 1px solid var(--rule); border-left: 4px solid var(--rule); border-radius: 10px; padding: 14px 18px; margin-bottom: 12px; }
.step.bad { border-left-color: var(--bad); } .step.waiting { border-left-color: var(--waiting); }
.step.back { border-left-color: var(--back); } .step.good { border-left-color: var(--good); }
.step h3 { font-size: 1rem; display: flex; gap: 9px; align-items: baseline; flex-wrap: wrap; }
.step h3 .number { min-width: 0; }
.what::first-letter { text-transform: uppercase; }
.when, .saw { color: var(--soft); font-size: 0.86rem; } .saw, .because, .note, .says li { white-space: pre-wrap; overflow-wrap: anywhere; }
.because { color: var(--bad); margin: 6px 0; } .step.waiting .because { color: var(--waiting); }
.gate { border-top: 1px solid var(--rule); margin-top: 10px; padding-top: 8px; }
.verdict { font-size: 0.82rem; color: var(--soft); margin: 0 6px; }
.gate.failed .verdict { color: var(--bad); font-weight: 650; } .gate.passed .verdict { color: var(--good); }
.gate.undecided .verdict { color: var(--waiting); font-weight: 650; }
.dot { display: inline-block; width: 9px; height: 9px; border-radius: 50%; margin-right: 3px; background: var(--soft); }
.dot.good { background: var(--good); } .dot.bad { background: var(--bad); border-radius: 1px; }
.dot.noData, .dot.unreachable { background: none; border: 1.5px solid var(--soft); }
tr.bad td:nth-child(2) { color: var(--bad); font-weight: 600; } tr.good td:nth-child(2) { color: var(--good); }
details { margin-top: 6px; } summary { cursor: pointer; color: var(--soft); font-size: 0.86rem; }
.says { margin: 6px 0 0; padding-left: 18px; font-size: 0.88rem; }
.missing { color: var(--waiting); }
footer { margin-top: 40px; color: var(--soft); font-size: 0.82rem; }
@media (max-width: 720px) {
  main { padding: 24px 14px 48px; } .card { padding: 14px; }
  .row { grid-template-columns: 1fr auto; gap: 2px 10px; } .row .track { grid-column: 1 / -1; grid-row: 2; }
  .track .hole { top: 0; bottom: 0; }
  .timeline-axis { grid-template-columns: 1fr; } .timeline-axis .x-labels { grid-column: 1; }
  .frame { grid-template-columns: 38px 1fr; } .tick.minor { display: none; }
}
@media print { body { background: none; } .card, .step { break-inside: avoid; } }
`;
