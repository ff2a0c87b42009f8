import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { create } from "tar";
import { temporaryFolder } from "../mesh/support";

/** What a server answers to one path: a body, or a function that writes the answer. */
export type Answer = string | Buffer | ((request: IncomingMessage, reply: ServerResponse) => void);

export interface LoopbackServer {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  /** Paths that were asked for, in order. */
  readonly requests: string[];
}

const servers: Server[] = [];

/** An HTTP server that knows these paths; it answers 404 to all others. */
export async function serve(answers: Readonly<Record<string, Answer>>): Promise<LoopbackServer> {
  const requests: string[] = [];
  const server = createServer((request, reply) => {
    const path = request.url ?? "";
    requests.push(path);
    const answer = answers[path.split("?")[0] ?? ""];
    if (answer === undefined) {
      reply.writeHead(404).end("nothing here");
    } else if (typeof answer === "function") {
      answer(request, reply);
    } else {
      reply.end(answer);
    }
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

export async function closeServers(): Promise<void> {
  await Promise.all(
    servers.splice(0).map((server) => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    }),
  );
}

/** The archive of a chart as Helm packs it. */
export async function chartArchive(name: string, version: string): Promise<Buffer> {
  const folder = temporaryFolder({
    [join(name, "Chart.yaml")]: `apiVersion: v2\nname: ${name}\nversion: ${version}\n`,
    [join(name, "templates", "a.yaml")]: "a: b\n",
  });
  const chunks: Buffer[] = [];
  for await (const chunk of create({ gzip: true, cwd: folder }, [name])) {
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}
