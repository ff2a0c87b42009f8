import { SetupUsageError } from "./errors";
import { versions } from "./versions";

/** A program of an extra set, built from Go modules. */
export interface Extra {
  readonly name: string;
  readonly version: string;
  readonly module: string;
  readonly package: string;
  readonly variables?: Readonly<Record<string, string>>;
  readonly file: string;
  readonly minutes: number;
}

const extras: Readonly<Record<string, readonly Extra[]>> = {
  ...Object.fromEntries(
    versions.istio.istioctl.map((version) => [istioctlSet(version), [istioctl(version)]]),
  ),
  apiserver: [etcd(), kubernetes("kube-apiserver")],
  // kwok plays the nodes, and the pods on them.
  cluster: [
    etcd(),
    kubernetes("kube-apiserver"),
    kubernetes("kube-controller-manager"),
    kubernetes("kube-scheduler"),
    kwok(),
  ],
};

function istioctlSet(version: string): string {
  return version === versions.istio.default ? "istioctl" : `istioctl-${version}`;
}

/** Without these values istioctl takes itself for a test build, with the test images. */
function istioctl(version: string): Extra {
  const prefix = "istio.io/istio/pkg/version";
  return {
    name: "istioctl",
    version,
    module: `istio-${version}`,
    package: "istio.io/istio/istioctl/cmd/istioctl",
    variables: {
      [`${prefix}.buildVersion`]: version,
      [`${prefix}.buildTag`]: version,
      [`${prefix}.buildHub`]: "docker.io/istio",
      [`${prefix}.buildStatus`]: "Clean",
    },
    file: `istioctl-${version}`,
    minutes: 4,
  };
}

function etcd(): Extra {
  return {
    name: "etcd",
    version: versions.etcd,
    module: "etcd",
    package: "go.etcd.io/etcd/server/v3",
    file: "etcd",
    minutes: 0.5,
  };
}

function kubernetes(file: string): Extra {
  const [major = "", minor = ""] = versions.kubernetes.split(".");
  const prefix = "k8s.io/component-base/version";
  return {
    name: file,
    version: versions.kubernetes,
    module: "kubernetes",
    package: `k8s.io/kubernetes/cmd/${file}`,
    variables: {
      [`${prefix}.gitVersion`]: `v${versions.kubernetes}`,
      [`${prefix}.gitMajor`]: major,
      [`${prefix}.gitMinor`]: minor,
    },
    file,
    minutes: 3,
  };
}

function kwok(): Extra {
  return {
    name: "kwok",
    version: versions.kwok,
    module: "kwok",
    package: "sigs.k8s.io/kwok/cmd/kwok",
    file: "kwok",
    minutes: 2,
  };
}

/**
 * The names that `with` takes.
 *
 * @example extraSets() // ['istioctl', 'istioctl-1.28.2', 'apiserver', 'cluster']
 */
export function extraSets(): string[] {
  return Object.keys(extras);
}

/** @throws SetupUsageError for a name that is not known */
export function extraSet(name: string): readonly Extra[] {
  const rows = Object.hasOwn(extras, name) ? extras[name] : undefined;
  if (rows === undefined) {
    throw new SetupUsageError(`no set is called ${name}: there are ${extraSets().join(", ")}`);
  }
  return rows;
}
