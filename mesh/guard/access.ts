import { refusalFix } from "../k8s/access";
import { type Decision, fail, wait } from "./decision";

/**
 * Returns what a failed call leads to. A refusal stays the same on each further try. Any other
 * failure may pass.
 *
 * @param status of HTTP; absent if nothing answered
 */
export function decideFailedCall(message: string, status?: number): Decision {
  const fix = refusalFix(message, status);
  return fix === undefined ? wait(message) : fail(message, fix);
}
