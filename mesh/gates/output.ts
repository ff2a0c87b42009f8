/** How much of an output is kept, in characters and lines. What matters stands at the end. */
const KEPT_CHARACTERS = 2000;
const KEPT_LINES = 20;

/**
 * Returns the end of what a command or a service said, for the words of a gate.
 *
 * @example keptOutput("checked\n2 of 3 pages answer\n") // ": checked\n2 of 3 pages answer"
 */
export function keptOutput(text: string): string {
  const whole = text.trim();
  const kept = whole.split("\n").slice(-KEPT_LINES).join("\n").slice(-KEPT_CHARACTERS);
  if (kept === "") {
    return "";
  }
  return kept.length < whole.length ? `: … ${kept}` : `: ${kept}`;
}
