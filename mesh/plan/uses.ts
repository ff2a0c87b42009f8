import type { Problem } from "../common/problem";
import { didYouMean } from "../common/suggest";
import { gatewaySource } from "../gateway/check";
import { isInjectedByNamespace } from "../gateway/plan";
import { MANAGED_REVISIONS } from "../model/channels";
import type { GatewayInputs } from "../model/gatewayInputs";
import type { NamespaceInputs } from "../model/namespaceInputs";

/** The names that a gateway, a tag or a namespace may use. */
export interface Nameable {
  /** Revisions of the control planes; "" is Istio's default revision. */
  readonly revisions: readonly string[];
  /** Revisions of someone else's control planes. A tag cannot point to one. @default [] */
  readonly foreign?: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
  /**
   * Revisions that Google runs.
   * @default all of them, because someone else may have requested them
   */
  readonly managed?: readonly string[];
}

function names({ revisions, foreign = [], tags, managed = MANAGED_REVISIONS }: Nameable): string[] {
  const own = [...revisions, ...foreign].map((revision) =>
    revision === "" ? "default" : revision,
  );
  return [...new Set([...own, ...Object.keys(tags), ...managed])];
}

function unknown(source: string, path: string, value: string, nameable: Nameable): Problem[] {
  const known = names(nameable);
  return known.includes(value)
    ? []
    : [
        {
          source,
          path,
          value,
          reason: "no control plane has this revision, and there is no tag with this name",
          allowed: known.join(", "),
          fix:
            didYouMean(value, known) ??
            `move ${source} to another revision before you remove this one`,
        },
      ];
}

/** The label of the namespace decides, so a gateway that leaves it to that label names the same. */
function otherThanNamespace(
  gateways: readonly GatewayInputs[],
  namespaces: readonly NamespaceInputs[],
): Problem[] {
  return gateways.filter(isInjectedByNamespace).flatMap((gateway) => {
    const label = namespaces.find(({ name }) => name === gateway.namespace)?.revision;
    const value = gateway.revisions[0]?.revision;
    return label === undefined || label === value
      ? []
      : [
          {
            source: gatewaySource(gateway),
            path: "revisions[0].revision",
            value,
            reason: `differs from revision ${label} of namespace ${gateway.namespace}, whose label decides who injects the gateway (\`injection: namespace\`)`,
            allowed: label,
            fix: `write ${label}, or change the revision of the namespace too`,
          },
        ];
  });
}

/**
 * Returns problems of gateways, namespaces and tags that name a revision without a control plane. A
 * revision can only be removed after nothing uses it any more.
 */
export function checkUses(
  gateways: readonly GatewayInputs[],
  namespaces: readonly NamespaceInputs[],
  nameable: Nameable,
): Problem[] {
  const ofNamespaces = namespaces.flatMap(({ name, revision }) =>
    unknown(`namespace ${name}`, "revision", revision, nameable),
  );
  const ofGateways = gateways.flatMap((gateway) =>
    gateway.revisions.flatMap(({ revision }, index) =>
      unknown(gatewaySource(gateway), `revisions[${index}].revision`, revision, nameable),
    ),
  );
  // Google creates the tags of its control planes itself.
  const withoutTags = { ...nameable, tags: {}, managed: [], foreign: [] };
  const ofTags = Object.entries(nameable.tags).flatMap(([tag, revision]) =>
    unknown(`tag ${tag}`, `tags.${tag}`, revision === "" ? "default" : revision, withoutTags),
  );
  return [...ofGateways, ...otherThanNamespace(gateways, namespaces), ...ofNamespaces, ...ofTags];
}
