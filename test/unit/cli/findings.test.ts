import assert from "node:assert/strict";
import { Command } from "commander";
import {
  checking,
  exitCodeOfFindings,
  type FindingFlags,
  findingLines,
  formatFindings,
  withFindingFlags,
} from "../../../cli/findings";
import type { Finding, Severity } from "../../../mesh/checks/finding";
import { NEW } from "../../../toolchain/versions";
import { pattern } from "../../support/pattern";

const OK: Finding = {
  check: "control-plane",
  severity: "ok",
  object: `istiod ${NEW}`,
  reason: "1 of 1 pods available",
};
const INFO: Finding = {
  check: "gateway",
  severity: "info",
  object: "gateways",
  reason: "not checked: because pods is forbidden",
};
const WARNING: Finding = {
  check: "ca-certificate",
  severity: "warning",
  object: "Secret istio-system/cacerts",
  reason: "expires in 9 days",
  fix: "replace it",
};
const ERROR: Finding = {
  check: "injection-webhook",
  severity: "error",
  object: 'MutatingWebhookConfiguration "a" & <b>',
  reason: "has no caBundle\nand no Service",
  fix: "kubectl get deploy",
};
const ALL = [OK, INFO, WARNING, ERROR];

describe("findings", () => {
  it("what is well is one line that ends in OK", () => {
    assert.deepEqual(findingLines(OK), [
      `[control-plane] istiod ${NEW}: 1 of 1 pods available ... OK`,
    ]);
  });

  it("text has reason and fix below, and counts at its end", () => {
    assert.equal(
      formatFindings(ALL, "text"),
      `[control-plane] istiod ${NEW}: 1 of 1 pods available ... OK
[gateway] gateways ... INFO
    not checked: because pods is forbidden
[ca-certificate] Secret istio-system/cacerts ... WARNING
    expires in 9 days
    fix: replace it
[injection-webhook] MutatingWebhookConfiguration "a" & <b> ... FAILED
    has no caBundle
    and no Service
    fix: kubectl get deploy
1 error, 1 warning, 1 info, 1 OK
`,
    );
  });

  it("JSON is the list of them", () => {
    assert.deepEqual(JSON.parse(formatFindings(ALL, "json")), ALL);
  });

  it("JUnit: errors are failures, names are escaped", () => {
    const xml = formatFindings(ALL, "junit", { suite: "mesh validate" });
    assert.match(xml, /^<\?xml version="1\.0" encoding="UTF-8"\?>/);
    assert.match(
      xml,
      /<testsuite name="mesh validate" tests="4" failures="1" errors="0" skipped="0">/,
    );
    assert.match(xml, pattern`<testcase classname="control-plane" name="istiod ${NEW}"/>`);
    assert.match(xml, /name="MutatingWebhookConfiguration &quot;a&quot; &amp; &lt;b(>|&gt;)"/);
    assert.match(xml, /<failure message="has no caBundle/);
    assert.match(xml, /warning: expires in 9 days\s+fix: replace it/);
  });

  it("exit code: errors fail, warnings only where they are to", () => {
    const codes = ([[], [OK, INFO], [WARNING], [ERROR]] as Finding[][]).map((findings) => [
      exitCodeOfFindings(findings),
      exitCodeOfFindings(findings, true),
    ]);
    assert.deepEqual(codes, [
      [0, 0],
      [0, 0],
      [0, 1],
      [1, 1],
    ]);
  });

  it("every severity has words of its own", () => {
    const severities: Severity[] = ["ok", "info", "warning", "error"];
    const ends = severities.map(
      (severity) => findingLines({ ...OK, severity })[0]?.split("... ")[1],
    );
    assert.deepEqual(ends, ["OK", "INFO", "WARNING", "FAILED"]);
  });

  it("what could not be checked ends with 2", async () => {
    const { exitCode } = process;
    const write = process.stderr.write;
    const said: string[] = [];
    process.stderr.write = ((text: string) => said.push(text) > 0) as typeof write;
    try {
      await checking("mesh validate", { output: "text" }, async () => {
        throw new Error("no cluster");
      });
      assert.equal(process.exitCode, 2);
      assert.deepEqual(said, ["no cluster\n"]);
    } finally {
      process.stderr.write = write;
      process.exitCode = exitCode;
    }
  });

  it("--json is --output json", () => {
    const flagsOf = (...args: string[]) =>
      withFindingFlags(new Command("validate")).parse(args, { from: "user" }).opts<FindingFlags>();
    assert.equal(flagsOf().output, "text");
    assert.equal(flagsOf("--json").output, "json");
    assert.equal(flagsOf("--output", "junit").output, "junit");
    assert.equal(flagsOf("--strict").strict, true);
  });
});
