import { InvalidArgumentError } from "commander";

/** Parses a flag that holds a number of seconds. */
export function seconds(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value <= 0) {
    throw new InvalidArgumentError("allowed: a whole number of seconds above 0, such as 120.");
  }
  return value;
}
