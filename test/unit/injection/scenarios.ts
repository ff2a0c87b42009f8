import type { JsonObject } from "../../../mesh/common/json";
import { deactivateDefaultInjector } from "../../../mesh/injection/deactivate";
import type { Labels } from "../../../mesh/k8s/istioLabels";
import type { K8sObject } from "../../../mesh/k8s/objects";
import { NEW, OLD } from "../../../toolchain/versions";
import fixtures from "./fixtures/webhooks.json";

type FixtureName = keyof typeof fixtures;

function withCaBundle(webhook: unknown): unknown {
  const { clientConfig, ...rest } = webhook as { clientConfig: object };
  return { ...rest, clientConfig: { ...clientConfig, caBundle: "Y2VydA==" } };
}

/** Configurations of the fixtures, as a cluster has them once istiod has written its certificate. */
export function configurations(...names: readonly FixtureName[]): K8sObject[] {
  return names.map((name) => {
    const config = fixtures[name] as unknown as JsonObject;
    const webhooks = (config.webhooks as unknown[]).map(withCaBundle);
    return { ...config, webhooks } as unknown as K8sObject;
  });
}

/** The labels that decide, each absent or with a value. */
export interface Combination {
  readonly injection?: string;
  readonly namespaceRevision?: string;
  readonly podRevision?: string;
  readonly podInject?: string;
}

function defined(labels: Readonly<Record<string, string | undefined>>): Labels {
  const entries = Object.entries(labels).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Labels;
}

/** A combination as the labels of a namespace `shop` and of a pod in it. */
export function labelsFor(combination: Combination): {
  namespaceLabels: Labels;
  podLabels: Labels;
} {
  return {
    namespaceLabels: defined({
      "kubernetes.io/metadata.name": "shop",
      "istio-injection": combination.injection,
      "istio.io/rev": combination.namespaceRevision,
    }),
    podLabels: defined({
      app: "cart",
      "istio.io/rev": combination.podRevision,
      "sidecar.istio.io/inject": combination.podInject,
    }),
  };
}

const REVISIONS = [undefined, NEW, OLD, "prod", "default", "other"];

/** All combinations of the four labels. */
export const COMBINATIONS: readonly Combination[] = [undefined, "enabled", "disabled"].flatMap(
  (injection) =>
    REVISIONS.flatMap((namespaceRevision) =>
      REVISIONS.flatMap((podRevision) =>
        [undefined, "true", "false"].map((podInject) => ({
          injection,
          namespaceRevision,
          podRevision,
          podInject,
        })),
      ),
    ),
);

/** @example describeCombination({ injection: "enabled" }) // "istio-injection=enabled" */
export function describeCombination(combination: Combination): string {
  const parts = Object.entries(combination).filter(([, value]) => value !== undefined);
  return parts.map(([key, value]) => `${key}=${value}`).join(" ") || "no labels";
}

/** What a cluster has installed, and what its names stand for. */
export interface Installation {
  readonly title: string;
  readonly webhooks: readonly K8sObject[];
  /** Where each revision and tag leads. */
  readonly names: Readonly<Record<string, string>>;
  /** Revision for what asks for injection without naming a revision; absent: there is none. */
  readonly defaultRevision?: string;
  /** Pods without labels are injected. */
  readonly auto?: boolean;
}

export const INSTALLATIONS: readonly Installation[] = [
  {
    title: "the default revision",
    webhooks: configurations("default"),
    names: { default: "default" },
    defaultRevision: "default",
  },
  {
    title: "the default revision with enableNamespacesByDefault",
    webhooks: configurations("default-auto"),
    names: { default: "default" },
    defaultRevision: "default",
    auto: true,
  },
  {
    title: `the revision ${NEW}`,
    webhooks: configurations("new"),
    names: { [NEW]: NEW },
  },
  {
    title: `the default revision beside ${NEW}`,
    webhooks: configurations("default", "new"),
    names: { default: "default", [NEW]: NEW },
    defaultRevision: "default",
  },
  {
    title: "two revisions, and the tag prod on the old one",
    webhooks: configurations("old", "new", "prod-old"),
    names: { [OLD]: OLD, [NEW]: NEW, prod: OLD },
  },
  {
    title: "two revisions, and the tags prod and default on the new one",
    webhooks: configurations("old", "new", "prod-new", "tag-default-new"),
    names: { [OLD]: OLD, [NEW]: NEW, prod: NEW, default: NEW },
    defaultRevision: NEW,
  },
  {
    title: `${NEW} with the tag default and enableNamespacesByDefault`,
    webhooks: configurations("new", "tag-default-new-auto"),
    names: { [NEW]: NEW, default: NEW },
    defaultRevision: NEW,
    auto: true,
  },
  {
    title: "a default revision that the tag default replaced",
    webhooks: [
      ...deactivateDefaultInjector(configurations("default")),
      ...configurations("new", "tag-default-new"),
    ],
    names: { [NEW]: NEW, default: NEW },
    defaultRevision: NEW,
  },
];

/**
 * The revision that injects a pod by Istio's documentation; `undefined` for none.
 *
 * @see https://istio.io/latest/docs/setup/additional-setup/sidecar-injection/#controlling-the-injection-policy
 */
export function documented(
  { injection, namespaceRevision, podRevision, podInject }: Combination,
  { names, defaultRevision, auto = false }: Installation,
): string | undefined {
  if (injection === "disabled" || podInject === "false") {
    return undefined;
  }
  if (injection === "enabled") {
    return defaultRevision;
  }
  const named = namespaceRevision ?? podRevision;
  if (named !== undefined) {
    return names[named];
  }
  return podInject === "true" || auto ? defaultRevision : undefined;
}
