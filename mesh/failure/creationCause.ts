import type { Cause } from "./cause";

/** What prevents new pods, recognised by the API server's message, and the fix. */
const OBSTACLES: readonly {
  readonly words: RegExp;
  readonly fix: (match: RegExpExecArray) => string;
  readonly certain: boolean;
}[] = [
  {
    words: /failed calling webhook "([^"]+)"/,
    fix: ([, webhook]) =>
      `bring up what answers the webhook ${webhook} (for injection: the istiod of its revision); the pods then come by themselves`,
    certain: false,
  },
  {
    words: /exceeded quota: ([^\s,]+)/,
    fix: ([, quota]) => `raise the ResourceQuota ${quota}, or ask for less`,
    certain: false,
  },
  {
    words: /violates PodSecurity "([^":]+)/,
    fix: ([, level]) =>
      `the namespace admits only pods of the level ${level}: change its label pod-security.kubernetes.io/enforce, or (for sidecars) use the CNI plugin`,
    certain: true,
  },
  {
    words: /admission webhook "([^"]+)" denied/,
    fix: ([, webhook]) => `change what the policy of ${webhook} denies`,
    certain: true,
  },
  {
    words: /serviceaccount "([^"]+)" not found/,
    fix: ([, account]) => `create the ServiceAccount ${account}`,
    certain: false,
  },
];

/**
 * Returns why a controller cannot create pods.
 *
 * @param message the controller's message, which contains the API server's
 */
export function creationCause(message: string): Cause {
  const text = `its pods cannot be created: ${message}`;
  for (const { words, fix, certain } of OBSTACLES) {
    const match = words.exec(message);
    if (match !== null) {
      return { text, fix: fix(match), certain };
    }
  }
  return { text, fix: "remove what the message names", certain: false };
}
