import assert from "node:assert/strict";
import { reportPage } from "../../../mesh/reportPage/page";
import { readReport } from "../../../mesh/upgradeReport/document";
import { Story, sampleReport } from "./sample";

/** Names and outputs as somebody would write them who wants a script to run. */
const HOSTILE = `</script><script>alert(1)</script><img src=x onerror="alert('2')">&{{x}}`;

const visible = (page: string) => page.slice(0, page.indexOf('<script type="application/json"'));

describe("the page of a report", () => {
  it("has the stages, the plots with their units, the gates and the versions", () => {
    const page = visible(reportPage(sampleReport()));
    for (const text of [
      "stopped by a gate",
      "taken back",
      "7 h in which nothing ran",
      'Requests <span class="unit">per second',
      "% of requests",
      'Latency, p99 <span class="unit">ms',
      "p99 49 ms, above 37",
      "gateway edge/web",
    ]) {
      assert.ok(page.includes(text), text);
    }
    assert.equal(page.match(/<path class="line new"/g)?.length, 3);
  });

  it("loads nothing and runs no script", () => {
    const page = reportPage(sampleReport());
    assert.match(page, /Content-Security-Policy" content="default-src &#39;none&#39;/);
    assert.doesNotMatch(page, /https?:|url\(|@import|<link|<img/);
    assert.deepEqual(page.match(/<script[^>]*>/g), [
      '<script type="application/json" id="mesh-upgrade-report">',
    ]);
    assert.doesNotMatch(page, /NaN|undefined|\[object/);
  });

  it("escapes names, messages, outputs and errors, and is read again as it was", () => {
    const story = new Story().run("start").stage(HOSTILE);
    story.say({ event: "note", text: HOSTILE });
    story.gate(HOSTILE, HOSTILE, ["bad"], HOSTILE);
    story.say({ event: "end", result: "failed", stage: HOSTILE, because: HOSTILE, next: HOSTILE });
    const sample = sampleReport();
    const document = {
      ...sample,
      stack: HOSTILE,
      runs: story.runs,
      before: [{ part: HOSTILE, runs: HOSTILE }],
      traffic: {
        series: sample.traffic.series.map((one) => ({ ...one, group: HOSTILE, line: HOSTILE })),
        missing: [HOSTILE],
      },
    };
    const page = reportPage(document);
    assert.doesNotMatch(page, /<script>|<img/);
    assert.equal(page.match(/<\/script>/g)?.length, 1);
    assert.ok(visible(page).includes("&lt;/script&gt;&lt;script&gt;alert(1)"));
    assert.deepEqual(readReport(page), document);
  });

  it("says plainly that there are no figures, and has no empty plot", () => {
    const document = { ...sampleReport(), traffic: { series: [], missing: ["no Prometheus"] } };
    const page = visible(reportPage(document));
    assert.match(page, /<p class="missing">no Prometheus<\/p>/);
    assert.doesNotMatch(page, /<svg/);
  });

  it("is a page also before anything has happened", () => {
    assert.match(reportPage({ ...sampleReport(), runs: [] }), /<h2>Stages<\/h2>/);
  });
});
