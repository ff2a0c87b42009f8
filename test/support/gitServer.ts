import { execFileSync, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { basename, dirname, join } from "node:path";
import { temporaryFolder } from "./temporary";

/** A git repository behind https, as a public one is. */
export interface GitServer {
  readonly url: string;
  /** The certificate that clients have to trust. */
  readonly certificate: string;
  stop(): void;
}

interface KeyPair {
  readonly key: string;
  readonly certificate: string;
}

function issueForLoopback(): KeyPair {
  const folder = temporaryFolder("git-server");
  const [key, certificate] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"];
  const args = ["req", "-x509", ...kind, ...names, "-keyout", key, "-out", certificate];
  execFileSync("openssl", args, { stdio: "pipe" });
  return { key, certificate };
}

/** The environment of a CGI program. Source: RFC 3875. */
function cgiEnvironment(request: IncomingMessage, root: string): NodeJS.ProcessEnv {
  const url = new URL(request.url ?? "/", "https://127.0.0.1");
  const header = (name: string) => String(request.headers[name] ?? "");
  return {
    ...process.env,
    GIT_PROJECT_ROOT: root,
    GIT_HTTP_EXPORT_ALL: "1",
    GIT_PROTOCOL: header("git-protocol"),
    PATH_INFO: url.pathname,
    QUERY_STRING: url.search.slice(1),
    REQUEST_METHOD: request.method,
    CONTENT_TYPE: header("content-type"),
    HTTP_CONTENT_ENCODING: header("content-encoding"),
    REMOTE_ADDR: "127.0.0.1",
  };
}

/** Passes a CGI program's answer on: lines of headers, an empty one, and the body. */
function reply(answer: Buffer, response: ServerResponse): void {
  const end = answer.indexOf("\r\n\r\n");
  const headers = answer.subarray(0, end).toString("utf8").split("\r\n");
  for (const line of headers) {
    const [name = "", value = ""] = line.split(/:\s*(.*)/s);
    if (name.toLowerCase() === "status") {
      response.statusCode = Number.parseInt(value, 10);
    } else {
      response.setHeader(name, value);
    }
  }
  response.end(answer.subarray(end + 4));
}

/**
 * Serves a repository with git's own server.
 *
 * @param repository a folder OWNER/NAME.git, as its address ends
 */
export async function startGitServer(repository: string): Promise<GitServer> {
  const { key, certificate } = issueForLoopback();
  const tls = { key: readFileSync(key), cert: readFileSync(certificate) };
  const server = createServer(tls, (request, response) => {
    const env = cgiEnvironment(request, dirname(dirname(repository)));
    const backend = spawn("git", ["http-backend"], { env, stdio: ["pipe", "pipe", "inherit"] });
    const chunks: Buffer[] = [];
    backend.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    backend.once("close", () => reply(Buffer.concat(chunks), response));
    request.pipe(backend.stdin);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://127.0.0.1:${port}/${basename(dirname(repository))}/${basename(repository)}`,
    certificate,
    stop: () => void server.close(),
  };
}
