import { InvalidArgumentError } from "commander";

/** Reads a flag that says how long something may take. */
export function seconds(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value <= 0) {
    throw new InvalidArgumentError("allowed: a whole number of seconds above 0, such as 120.");
  }
  return value;
}
