import { createConnection, createServer, type Server as NetServer, type Socket } from "node:net";
import { join } from "node:path";
import { type Server, startServer, type Wrap } from "../cluster/processes";
import { NODE_ADDRESS } from "./network";

/**
 * A port of this machine's loopback address that leads to the same port in a namespace. The way goes
 * through a socket file, since those belong to no network: nothing is routed.
 */
export interface Relay {
  readonly port: number;
  stop(): Promise<void>;
}

function listen(server: NetServer): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" ? (address?.port ?? 0) : 0);
    });
  });
}

function connect(one: Socket, other: Socket): void {
  one.pipe(other);
  other.pipe(one);
  one.on("error", () => other.destroy());
  other.on("error", () => one.destroy());
}

function startInside(folder: string, socket: string, port: number, wrap: Wrap): Server {
  const args = [`UNIX-LISTEN:${socket},fork,backlog=128,mode=600`, `TCP:${NODE_ADDRESS}:${port}`];
  return startServer("relay", "socat", args, folder, wrap);
}

export async function startRelay(folder: string, wrap: Wrap): Promise<Relay> {
  const socket = join(folder, "api.sock");
  const open = new Set<Socket>();
  const server = createServer((client) => {
    open.add(client);
    client.once("close", () => open.delete(client));
    connect(client, createConnection(socket));
  });
  const port = await listen(server);
  // It serves others; it is no reason for this process to go on.
  server.unref();
  const inside = startInside(folder, socket, port, wrap);
  return {
    port,
    async stop() {
      server.close();
      for (const client of open) {
        client.destroy();
      }
      await inside.stop();
    },
  };
}
