import { Writable } from "node:stream";
import type { JsonObject } from "../../mesh/common/json";
import { outsideCall } from "../outsideCalls";
import { type ClusterTarget, type KubeConfig, loadConfig } from "./kubeconfig";

/** A command in a container of a running pod. */
export interface PodCommand {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly command: readonly string[];
  /** @default 20 */
  readonly timeoutSeconds?: number;
}

/** The result of a command. */
export interface CommandResult {
  readonly succeeded: boolean;
  readonly stdout: string;
  /** The error output, or the API server's message. */
  readonly stderr: string;
}

/** Runs commands in pods, as `kubectl exec` does. @throws Error when one could not be started */
export type PodShell = (command: PodCommand) => Promise<CommandResult>;

interface Socket {
  close(): void;
  on(event: "close", listener: (code: number) => void): void;
  on(event: "error", listener: (error: Error) => void): void;
}

/** The used part of the client library, whose own types are those of an ES module. */
interface Client {
  readonly Exec: new (
    config: KubeConfig,
  ) => {
    exec(
      namespace: string,
      pod: string,
      container: string,
      command: string[],
      stdout: Writable,
      stderr: Writable,
      stdin: null,
      tty: boolean,
      status: (status: JsonObject) => void,
    ): Promise<Socket>;
  };
}

const TIMEOUT_SECONDS = 20;

function collector(): { readonly stream: Writable; readonly text: () => string } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString("utf8") };
}

/** The library throws what `ws` emits: an error, or an event that contains one. */
function messageOf(error: unknown): string {
  const { message, error: inner } = (error ?? {}) as { message?: string; error?: Error };
  return message ?? inner?.message ?? String(error);
}

/** Returns a function that runs commands in a cluster's pods. */
export function openShell(target: ClusterTarget): PodShell {
  const config = loadConfig(target);
  const { Exec } = require("@kubernetes/client-node") as Client;
  const run: PodShell = ({
    namespace,
    pod,
    container,
    command,
    timeoutSeconds = TIMEOUT_SECONDS,
  }) =>
    new Promise((resolve, reject) => {
      const [stdout, stderr] = [collector(), collector()];
      let socket: Socket | undefined;
      const end = (settle: () => void) => {
        clearTimeout(timer);
        settle();
        socket?.close();
      };
      const fail = (text: string) => end(() => reject(new Error(`${namespace}/${pod}: ${text}`)));
      const timer = setTimeout(
        () => fail(`${command[0]} did not end within ${timeoutSeconds} s`),
        timeoutSeconds * 1000,
      );
      const finish = ({ status, message }: JsonObject) =>
        end(() => {
          const succeeded = status === "Success";
          const said = [stderr.text().trim(), succeeded ? "" : String(message ?? "")];
          const text = said.filter((part) => part !== "").join("\n");
          resolve({ succeeded, stdout: stdout.text(), stderr: text });
        });
      new Exec(config)
        .exec(
          namespace,
          pod,
          container,
          [...command],
          stdout.stream,
          stderr.stream,
          null,
          false,
          finish,
        )
        .then((opened) => {
          socket = opened;
          opened.on("close", (code) => fail(`the connection was closed (${code})`));
          opened.on("error", (error) => fail(messageOf(error)));
        })
        .catch((error: unknown) => fail(messageOf(error)));
    });
  return (command) =>
    outsideCall(
      `exec in ${command.namespace}/${command.pod}: ${command.command.join(" ")}`,
      () => run(command),
      ({ succeeded }) => (succeeded ? "exit code 0" : "failed"),
    );
}
