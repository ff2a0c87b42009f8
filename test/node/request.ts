import assert from "node:assert/strict";
import type { Node } from "./node";

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

/** Runs in the namespace, with the URL and the Host header as arguments. */
const CLIENT = `
const [url, host] = process.argv.slice(1);
const call = require("node:http").get(url, { headers: { host }, timeout: 10000 }, (answer) => {
  let body = "";
  answer.setEncoding("utf8").on("data", (chunk) => { body += chunk; });
  answer.on("end", () => {
    console.log(JSON.stringify({ status: answer.statusCode, headers: answer.headers, body }));
  });
});
call.on("timeout", () => call.destroy(new Error("no answer within 10 s")));
`;

/** One HTTP request from the node, which reaches Services and pods. */
export async function request(node: Node, url: string, host: string): Promise<Answer> {
  const { code, stdout, output } = await node.run(process.execPath, ["-e", CLIENT, url, host]);
  assert.equal(code, 0, output);
  return JSON.parse(stdout) as Answer;
}
