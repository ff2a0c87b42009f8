import { Readable } from "node:stream";
import { outsideCall } from "../outsideCalls";

/** The time limit of one request, in milliseconds. */
const TIMEOUT_MS = 60_000;

/** How long a download may receive nothing, in milliseconds. */
const IDLE_MS = 60_000;

/**
 * Sends one GET request.
 *
 * @throws Error with the address and the reason: refused, not found, timed out
 */
export async function get(
  url: URL,
  headers: Record<string, string> = {},
  signal = AbortSignal.timeout(TIMEOUT_MS),
): Promise<Response> {
  try {
    return await outsideCall(
      `GET ${url.origin}${url.pathname}`,
      () => fetch(url, { headers, signal }),
      ({ status }) => String(status),
    );
  } catch (error) {
    throw unreachable(url, error);
  }
}

/** Nothing answers at an address. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";
}

function unreachable(url: URL, error: unknown): Unreachable {
  const cause = (error as { cause?: Error }).cause ?? (error as Error);
  return new Unreachable(`cannot reach ${url.href}: ${cause.message}`, { cause: error });
}

/** Returns the response if it is a success, and throws otherwise. */
export function checkedResponse(url: URL, response: Response): Response {
  if (!response.ok) {
    throw new Error(`${url.href} answered ${response.status} ${response.statusText}`);
  }
  return response;
}

export async function fetchBytes(url: URL): Promise<Uint8Array> {
  return new Uint8Array(await checkedResponse(url, await get(url)).arrayBuffer());
}

export async function fetchText(url: URL): Promise<string> {
  return checkedResponse(url, await get(url)).text();
}

/** A large file that is being downloaded. It is never in memory as a whole. */
export interface Download {
  /** The length in bytes, if the server states it. */
  readonly bytes: number | undefined;
  readonly chunks: AsyncIterable<Uint8Array>;
}

async function* watched(url: URL, body: Readable, watch: NodeJS.Timeout) {
  try {
    for await (const chunk of body) {
      watch.refresh();
      yield chunk as Uint8Array;
    }
  } catch (error) {
    throw new Error(`the download of ${url.href} broke off: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/**
 * Downloads a large file piece by piece. There is no time limit, but the download fails if nothing
 * arrives for a minute.
 *
 * @param use reads the pieces to their end
 */
export async function download(url: URL, use: (file: Download) => Promise<void>): Promise<void> {
  const controller = new AbortController();
  const idle = () => controller.abort(new Error(`nothing came for ${IDLE_MS / 1000} s`));
  const watch = setTimeout(idle, IDLE_MS);
  try {
    const { body, headers } = checkedResponse(url, await get(url, {}, controller.signal));
    if (body === null) {
      throw new Error(`${url.href} answered without content`);
    }
    const length = Number(headers.get("content-length") ?? Number.NaN);
    const chunks = watched(url, Readable.fromWeb(body as never), watch);
    await use({ bytes: Number.isFinite(length) ? length : undefined, chunks });
  } finally {
    clearTimeout(watch);
  }
}
