import { SECRET } from "../mesh/plan/stackFiles";

/** Shorter texts are not hidden, as in Pulumi's own output: they are in other words too. */
const MIN_LENGTH = 3;

/** Lines of a longer secret that are hidden by themselves, such as those of a private key. */
const MIN_LINE_LENGTH = 16;

const hidden = new Set<string>();
let isFiltering = false;
let isTold = false;

/** Returns how a secret may appear in manifests and reports. */
function forms(secret: string): string[] {
  const lines = secret.split("\n").map((line) => line.trim());
  const long = lines.length > 1 ? lines.filter((line) => line.length >= MIN_LINE_LENGTH) : [];
  const base64 = Buffer.from(secret).toString("base64");
  return [secret, JSON.stringify(secret).slice(1, -1), base64, ...long];
}

/** What a message ends with where it cuts off a long value. */
const CUT = "…";

/** Returns how many characters before a place are the start of a secret that was cut off there. */
function cutSecretBefore(text: string, place: number, secret: string): number {
  const longest = Math.min(place, secret.length);
  for (let length = longest; length >= MIN_LENGTH; length--) {
    if (text.startsWith(secret.slice(0, length), place - length)) {
      return length;
    }
  }
  return 0;
}

function withoutCut(text: string, secret: string): string {
  const [first = "", ...rest] = text.split(CUT);
  return rest.reduce((done, part) => {
    const length = cutSecretBefore(done, done.length, secret);
    const kept = length === 0 ? done : `${done.slice(0, -length)}${SECRET}`;
    return `${kept}${CUT}${part}`;
  }, first);
}

/**
 * Returns a text with a placeholder for each secret of the stacks that were read.
 *
 * @example masked("image: private.example/pilot") // "image: [secret]/pilot"
 */
export function masked(text: string): string {
  const longestFirst = [...hidden].sort((a, b) => b.length - a.length);
  const whole = longestFirst.reduce((rest, secret) => rest.replaceAll(secret, SECRET), text);
  const result = longestFirst.reduce(withoutCut, whole);
  if (result !== text && !isTold) {
    isTold = true;
    const how = "--show-secrets prints them, where a command has it";
    process.stderr.write(`note: ${SECRET} stands for secrets of the stack; ${how}\n`);
  }
  return result;
}

function filter(stream: NodeJS.WriteStream): void {
  const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
  stream.write = ((chunk: unknown, ...rest: unknown[]) =>
    write(typeof chunk === "string" ? masked(chunk) : chunk, ...rest)) as typeof stream.write;
}

/** From now on, a placeholder stands for these texts in everything that the command prints. */
export function hideSecrets(secrets: readonly string[]): void {
  for (const form of secrets.filter(({ length }) => length >= MIN_LENGTH).flatMap(forms)) {
    hidden.add(form);
  }
  if (hidden.size > 0 && !isFiltering) {
    isFiltering = true;
    filter(process.stdout);
    filter(process.stderr);
  }
}
