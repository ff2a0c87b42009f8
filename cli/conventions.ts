/** What a flag means in every command that has it. */
export interface Convention {
  /** As commander has it. */
  readonly flags: string;
  readonly meaning: string;
  /** Whose flag it is, where others have the same one. */
  readonly as: string;
}

/** The flags that mean the same in all commands. A short form belongs to one of them. */
export const CONVENTIONS: readonly Convention[] = [
  {
    flags: "-o, --output",
    meaning: "how it is printed: `text`, `json`, `yaml`, and other formats of the command",
    as: "kubectl",
  },
  { flags: "--out-dir", meaning: "the folder to which files are written", as: "" },
  { flags: "-n, --namespace", meaning: "only what is in this namespace", as: "kubectl, istioctl" },
  { flags: "-i, --istio-namespace", meaning: "the namespace of the mesh", as: "istioctl" },
  { flags: "--context", meaning: "the context of the kubeconfig", as: "kubectl, istioctl" },
  { flags: "--kubeconfig", meaning: "the kubeconfig file", as: "kubectl" },
  { flags: "-f, --filename", meaning: "an overlay file", as: "kubectl, istioctl" },
  { flags: "-s, --set", meaning: "one field of the spec", as: "istioctl" },
  {
    flags: "-r, --revision",
    meaning: "a revision; a tag too, where a cluster is asked",
    as: "istioctl",
  },
  { flags: "-d, --charts", meaning: "where charts come from", as: "" },
  { flags: "-p, --config-path", meaning: "a path of the spec", as: "istioctl" },
  { flags: "-w, --watch", meaning: "print again after each pause", as: "kubectl" },
  { flags: "-y, --yes", meaning: "do it without a question", as: "pulumi" },
  { flags: "--strict", meaning: "warnings are errors", as: "" },
  { flags: "--color", meaning: "colours: `auto`, `always`, `never`", as: "pulumi" },
  {
    flags: "-v, --verbose",
    meaning: "each request and each program that is run, with its time, on the error stream",
    as: "kubectl",
  },
  { flags: "-h, --help", meaning: "help with examples", as: "kubectl, istioctl, pulumi" },
];

/** What the exit code of every command says. */
export const EXIT_CODES: Readonly<Record<string, string>> = {
  0: "it is done, and nothing was found",
  1: "something is wrong with what was read: findings, faults in overlays or inputs, differences",
  2: "it could not be done: an unknown command or flag, a file that cannot be read, no cluster, no charts",
  3: "`mesh upgrade` waits for a person",
  4: "`mesh upgrade`: a gate has failed, and the gateways are back where they were",
  5: "`mesh upgrade`: an update has failed, and what served before still serves",
  130: "Ctrl-C, except for `mesh status --watch`, which ends with 0",
};
