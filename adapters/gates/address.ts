/** An address without its login, and the login as a header. */
export interface PlainAddress {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Takes the login out of an address: `fetch` refuses one, and names the whole address when it does.
 *
 * @example plainAddress("https://me:pw@example.com/x").headers // { authorization: "Basic bWU6cHc=" }
 */
export function plainAddress(address: string): PlainAddress {
  const url = new URL(address);
  const [user, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
  url.username = "";
  url.password = "";
  if (user === "" && password === "") {
    return { url, headers: {} };
  }
  const login = Buffer.from(`${user}:${password}`).toString("base64");
  return { url, headers: { authorization: `Basic ${login}` } };
}

/** Returns why a call got no answer. `fetch` has the reason in the cause. */
export function callError(error: unknown, limitSeconds: number): string {
  const { name, message, cause } = error as Error & { readonly cause?: Error };
  return name === "TimeoutError"
    ? `no answer within ${limitSeconds} s`
    : (cause?.message ?? message);
}
