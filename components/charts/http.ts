/** How long one request may take, in milliseconds. */
const TIMEOUT_MS = 60_000;

/**
 * One GET.
 *
 * @throws naming the address and the reason: refused, not found, timed out
 */
export async function get(url: URL, headers: Record<string, string> = {}): Promise<Response> {
  try {
    return await fetch(url, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (error) {
    const cause = (error as { cause?: Error }).cause ?? (error as Error);
    throw new Error(`cannot reach ${url.href}: ${cause.message}`, { cause: error });
  }
}

/** The response, when it is a success. */
export function succeeded(url: URL, response: Response): Response {
  if (!response.ok) {
    throw new Error(`${url.href} answered ${response.status} ${response.statusText}`);
  }
  return response;
}

export async function fetchBytes(url: URL): Promise<Uint8Array> {
  return new Uint8Array(await succeeded(url, await get(url)).arrayBuffer());
}

export async function fetchText(url: URL): Promise<string> {
  return succeeded(url, await get(url)).text();
}
