import type { Paint } from "../mesh/diff/print";
import { gatewayTitle } from "../mesh/model/facts";
import type {
  AgentStatus,
  GatewayRevisionStatus,
  GatewayStatus,
  MeshStatus,
  NamespaceStatus,
  PodCount,
  ProxyGroup,
  RevisionStatus,
  UnreadList,
  ValidatorStatus,
} from "../mesh/status/types";
import { findingLines } from "./findings";
import { columns } from "./format";

/** A cell without a value. */
const NONE = "-";

/** A value that could not be read. */
const UNKNOWN = "?";

type Row = readonly string[];

/** Returns a title and a table, or nothing for an empty table. */
function section(title: string, head: Row, rows: readonly Row[]): string[] {
  return rows.length === 0 ? [] : [title, columns([head, ...rows]).trimEnd(), ""];
}

const podText = ({ ready, wanted }: PodCount) => `${ready}/${wanted}`;

const percent = (value: number) => `${value} %`;

function istiodText({ kind, istiod, channel }: RevisionStatus): string {
  if (istiod !== undefined) {
    return podText(istiod);
  }
  return channel === undefined ? kind : `${kind} (${channel})`;
}

function webhookText({ webhooks: { total, withCaBundle }, kind }: RevisionStatus): string {
  const missing = total - withCaBundle;
  return missing === 0 || kind === "managed" ? String(total) : `${total} (${missing} no caBundle)`;
}

function revisionRow(revision: RevisionStatus): Row {
  const { name, version, istiod, users } = revision;
  return [
    name,
    version ?? UNKNOWN,
    istiodText(revision),
    webhookText(revision),
    users.tags.join(",") || NONE,
    String(users.gateways),
    String(users.namespaces),
    String(users.workloads),
    users.pods === undefined ? UNKNOWN : String(users.pods),
    istiod?.image ?? NONE,
  ];
}

const REVISION_HEAD = [
  "REVISION",
  "ISTIO",
  "ISTIOD",
  "WEBHOOKS",
  "TAGS",
  "GATEWAYS",
  "NAMESPACES",
  "WORKLOADS",
  "PROXIES",
  "IMAGE",
];

function validatorText({ target, revision }: ValidatorStatus): string {
  return revision === undefined ? target : `${revision} (${target})`;
}

function tagRows({ tags, defaultValidator }: MeshStatus): Row[] {
  const rows = tags.map(({ name, revision }) => [name, revision]);
  return defaultValidator === undefined
    ? rows
    : [...rows, ["default validator", validatorText(defaultValidator)]];
}

function agentRow(agent: AgentStatus): Row {
  return [`${agent.namespace}/${agent.name}`, agent.kind, agent.version ?? UNKNOWN, podText(agent)];
}

function addressText({ service }: GatewayStatus): string {
  if (service === undefined) {
    return NONE;
  }
  return `${service.addresses.join(",") || "pending"} (${service.type})`;
}

/** A gateway's name and address are only in its first row. */
function gatewayRow(gateway: GatewayStatus, one: GatewayRevisionStatus, index: number): Row {
  const isFirst = index === 0;
  const { revision, label, weight } = one;
  return [
    isFirst ? gatewayTitle(gateway) : "",
    isFirst ? gateway.kind : "",
    label === undefined ? revision || UNKNOWN : `${revision} (${label})`,
    weight === undefined ? NONE : String(weight),
    percent(one.wishedPercent),
    one.serves ? percent(one.sharePercent) : "not served",
    podText(one),
    isFirst ? addressText(gateway) : "",
  ];
}

function proxyRow({ revision, version, pods, outdated, connected, stale }: ProxyGroup): Row {
  const note = outdated ? "older than istiod: restart" : "";
  const synced = connected === undefined ? [] : [String(connected), String(stale ?? 0)];
  return [revision || UNKNOWN, version ?? UNKNOWN, String(pods), ...synced, note];
}

/** The columns with istiod's answers exist only if istiod was asked. */
function proxyHead(groups: readonly ProxyGroup[]): Row {
  const asked = groups.some(({ connected }) => connected !== undefined);
  return ["REVISION", "ISTIO", "PODS", ...(asked ? ["CONNECTED", "NOT SYNCED"] : []), ""];
}

function namespaceRow({ name, label, mode, revision, pods }: NamespaceStatus): Row {
  const count = (value: number | undefined) => (value === undefined ? UNKNOWN : String(value));
  return [
    name,
    label ?? NONE,
    revision ?? (mode === "ambient" ? "ztunnel" : NONE),
    count(pods?.injected),
    count(pods?.uninjected),
    count(pods?.ambient),
    count(pods?.toRestart),
  ];
}

function unreadLines(unread: readonly UnreadList[]): string[] {
  return unread.length === 0
    ? []
    : [
        "Cannot be read (what follows from it is missing above)",
        ...unread.flatMap(({ list, reason, fix }) => [`${list}: ${reason}`, `    fix: ${fix}`]),
        "",
      ];
}

function pendingLines({ pending, unread }: MeshStatus, paint: Paint | undefined): string[] {
  if (pending.length > 0) {
    return ["Pending", ...pending.flatMap((one) => findingLines(one, paint))];
  }
  return [unread.length === 0 ? "Nothing is pending" : "Nothing is pending, as far as can be read"];
}

const isEmpty = ({ revisions, gateways, namespaces, agents }: MeshStatus) =>
  [revisions, gateways, namespaces, agents].every((list) => list.length === 0);

/**
 * Formats a status as text: tables, and below them what is pending, the most severe first.
 *
 * @param paint colours the words that end a pending line @default none
 */
export function statusText(status: MeshStatus, paint?: Paint): string {
  const lines = [
    ...(isEmpty(status) && status.unread.length === 0
      ? ["There is no mesh in this cluster", ""]
      : []),
    ...section("Control planes", REVISION_HEAD, status.revisions.map(revisionRow)),
    ...section("Tags", ["TAG", "REVISION"], tagRows(status)),
    ...section("Node agents", ["DAEMONSET", "KIND", "ISTIO", "PODS"], status.agents.map(agentRow)),
    ...section(
      "Gateways",
      ["GATEWAY", "KIND", "REVISION", "WEIGHT", "WISHED", "SHARE", "PODS", "ADDRESS"],
      status.gateways.flatMap((gateway) =>
        gateway.revisions.map((one, index) => gatewayRow(gateway, one, index)),
      ),
    ),
    ...section("Proxies", proxyHead(status.proxies), status.proxies.map(proxyRow)),
    ...section(
      "Namespaces",
      ["NAMESPACE", "LABEL", "REVISION", "INJECTED", "UNINJECTED", "AMBIENT", "TO RESTART"],
      status.namespaces.map(namespaceRow),
    ),
    ...unreadLines(status.unread),
    ...pendingLines(status, paint),
  ];
  return `${lines.join("\n")}\n`;
}
