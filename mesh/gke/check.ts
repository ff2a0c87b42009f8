import { isIPv4 } from "node:net";
import type { Problem } from "../common/problem";
import { weightsOf } from "../gateway/plan";
import type { AddressInputs, DnsInputs, GkeInputs, NewCluster } from "../model/gkeInputs";
import { INPUTS_SOURCE } from "../model/meshInputs";
import { checkRevision } from "../model/revision";
import { checkInputs, type InputProblem } from "../schema/checkInputs";
import { checkCidr } from "./cidr";
import { regionOf } from "./facts";
import { enableNetworkPolicy, NETWORK_POLICY_GUIDE } from "./networkPolicy";

const PROJECT = /^([a-z0-9.]+(-[a-z0-9]+)*\.[a-z]+:)?[a-z][-a-z0-9]{4,28}[a-z0-9]$/;
const LOCATION = /^[a-z]+-[a-z]+[0-9]+(-[a-z])?$/;
const RESOURCE = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const HOST = /^(\*\.)?([a-z0-9]([-a-z0-9]*[a-z0-9])?\.)+[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const EMAIL = /^[^@\s]+@[^@\s]+\.[a-z]+$/;
const CA_POOL = /^projects\/[^/]+\/locations\/[^/]+\/caPools\/[^/]+$/;

/** The largest TTL that Cloud DNS accepts, in seconds. */
const MAX_TTL_SECONDS = 604_800;

/** Checks the name of a Google Cloud resource. */
function checkName(path: string, value: string | undefined, most: number): InputProblem[] {
  const allowed = `lower-case letters, digits and hyphens, a letter first, at most ${most}`;
  return value === undefined || (RESOURCE.test(value) && value.length <= most)
    ? []
    : [{ path, value, reason: "is not a name that Google Cloud takes", allowed }];
}

function checkProject(path: string, value: string | undefined): InputProblem[] {
  if (value === undefined || PROJECT.test(value)) {
    return [];
  }
  const fix = /^\d+$/.test(value) ? "write the ID; this is a project's number" : undefined;
  const allowed = "6 to 30 lower-case letters, digits and hyphens, a letter first";
  return [{ path, value, reason: "is not a project ID", allowed, ...(fix && { fix }) }];
}

function checkLocation(path: string, value: string | undefined): InputProblem[] {
  const allowed = "a region such as europe-west1, or a zone such as europe-west1-b";
  return value === undefined || LOCATION.test(value)
    ? []
    : [{ path, value, reason: "is neither a region nor a zone", allowed }];
}

function checkRange(path: string, value: string | undefined, size?: number): InputProblem[] {
  const reason = value === undefined ? undefined : checkCidr(value, size);
  const allowed = size === undefined ? "such as 10.0.0.0/8" : `such as 172.16.0.0/${size}`;
  return reason === undefined ? [] : [{ path, value, reason, allowed }];
}

function checkEmails(path: string, emails: readonly (string | undefined)[]): InputProblem[] {
  const allowed = "such as nodes@my-project.iam.gserviceaccount.com";
  return emails.flatMap((value, index) =>
    value === undefined || EMAIL.test(value)
      ? []
      : [
          {
            path: emails.length > 1 ? `${path}[${index}]` : path,
            value,
            reason: "is not the email of a service account",
            allowed,
          },
        ],
  );
}

function checkNodePool({ nodePool, autopilot }: NewCluster): InputProblem[] {
  if (nodePool === undefined) {
    return [];
  }
  const { minNodes = 1, maxNodes = 4 } = nodePool;
  const path = "cluster.nodePool";
  const whole = Object.entries({ minNodes, maxNodes }).flatMap(([field, value]) =>
    Number.isInteger(value) && value >= (field === "minNodes" ? 0 : 1)
      ? []
      : [{ path: `${path}.${field}`, value, reason: "is not a number of nodes" }],
  );
  const order =
    whole.length === 0 && maxNodes < minNodes
      ? [
          {
            path: `${path}.maxNodes`,
            value: maxNodes,
            reason: `is below minNodes (${minNodes})`,
          },
        ]
      : [];
  const own =
    autopilot === true
      ? [{ path, reason: "does not go with Autopilot, which makes its own nodes" }]
      : [];
  return [
    ...own,
    ...whole,
    ...order,
    ...checkEmails(`${path}.serviceAccount`, [nodePool.serviceAccount]),
  ];
}

function checkPolicy({ networkPolicy, autopilot }: NewCluster): InputProblem[] {
  return networkPolicy !== undefined && autopilot === true
    ? [
        {
          path: "cluster.networkPolicy",
          value: networkPolicy,
          reason: "does not go with Autopilot, which always has Dataplane V2",
          fix: "leave it out",
        },
      ]
    : [];
}

/** An existing cluster is left alone, so that the command is said in place of allowed fields. */
function withCommand(misfit: InputProblem, inputs: GkeInputs): InputProblem {
  if (misfit.path !== "cluster.networkPolicy" || inputs.cluster.kind !== "existing") {
    return misfit;
  }
  const { project, location, cluster } = inputs;
  return {
    path: misfit.path,
    reason: "is for a cluster that the stack creates; one that exists is left alone",
    fix: enableNetworkPolicy(cluster.name, location, project),
    see: NETWORK_POLICY_GUIDE,
  };
}

function checkCluster({ cluster, location }: GkeInputs): InputProblem[] {
  const name = checkName("cluster.name", cluster.name, 40);
  if (cluster.kind === "existing") {
    return name;
  }
  const zonal =
    cluster.autopilot === true && regionOf(location) !== location
      ? [
          {
            path: "location",
            value: location,
            reason: "is a zone, and Autopilot clusters are regional",
            fix: `write "${regionOf(location)}"`,
          },
        ]
      : [];
  return [
    ...name,
    ...zonal,
    ...checkRange(
      "cluster.privateNodes.controlPlaneCidr",
      cluster.privateNodes?.controlPlaneCidr,
      28,
    ),
    ...(cluster.authorizedNetworks ?? []).flatMap((range, index) =>
      checkRange(`cluster.authorizedNetworks[${index}]`, range),
    ),
    ...checkPolicy(cluster),
    ...checkNodePool(cluster),
  ];
}

const FIREWALL_PORTS: readonly number[] = [8080, 15014];

function checkPorts(ports: readonly number[]): InputProblem[] {
  const allowed = "15014 (istiod's monitoring), 8080 (its debug port)";
  return ports.flatMap((value, index) =>
    FIREWALL_PORTS.includes(value)
      ? []
      : [
          {
            path: `firewall.ports[${index}]`,
            value,
            reason: "is not a port that the control plane asks for",
            allowed,
            ...(value === 15017 && { fix: "leave it out: it is always open" }),
          },
        ],
  );
}

function checkFirewall({ firewall }: GkeInputs): InputProblem[] {
  const { ports = [], targets, controlPlaneCidr } = firewall ?? {};
  const listed =
    targets?.kind === "tags"
      ? targets.tags
      : targets?.kind === "serviceAccounts"
        ? targets.serviceAccounts
        : ["all"];
  const none =
    listed.length === 0
      ? [
          {
            path: `firewall.targets.${targets?.kind}`,
            reason: "is an empty list",
            fix: 'name some, or write `targets: { kind: "network" }`',
          },
        ]
      : [];
  const emails = targets?.kind === "serviceAccounts" ? targets.serviceAccounts : [];
  return [
    ...checkPorts(ports),
    ...none,
    ...(targets?.kind === "tags"
      ? targets.tags.flatMap((tag, i) => checkName(`firewall.targets.tags[${i}]`, tag, 63))
      : []),
    ...checkEmails("firewall.targets.serviceAccounts", emails),
    ...checkRange("firewall.controlPlaneCidr", controlPlaneCidr),
  ];
}

function checkTelemetry({ telemetry }: GkeInputs): InputProblem[] {
  const { reports = [], workloads = "all" } = telemetry ?? {};
  const empty = Object.entries({ reports, workloads }).filter(
    ([, list]) => telemetry !== undefined && list.length === 0,
  );
  return empty.map(([field]) => ({
    path: `telemetry.${field}`,
    reason: "is an empty list",
    fix: "name some, or leave telemetry out",
  }));
}

function checkCa({ ca }: GkeInputs): InputProblem[] {
  const allowed = "projects/PROJECT/locations/LOCATION/caPools/POOL";
  return ca?.type === "cas" && !CA_POOL.test(ca.caPool)
    ? [{ path: "ca.caPool", value: ca.caPool, reason: "is not a CA pool", allowed }]
    : [];
}

function checkFleet({ fleet }: GkeInputs): InputProblem[] {
  return [
    ...checkProject("fleet.project", fleet?.project),
    ...checkName("fleet.membership", fleet?.membership, 63),
  ];
}

function twice(path: string, keys: readonly string[]): InputProblem[] {
  return keys.flatMap((value, index) =>
    keys.indexOf(value) === index
      ? []
      : [{ path: `${path}[${index}].name`, value, reason: "is given twice" }],
  );
}

function checkAddress(address: AddressInputs, index: number): InputProblem[] {
  const path = `addresses[${index}]`;
  const { scope = "regional", internal = false, subnetwork } = address;
  const reason = "is for regional internal addresses only";
  const global = internal && scope === "global" ? [{ path: `${path}.internal`, reason }] : [];
  const stray =
    subnetwork !== undefined && !internal ? [{ path: `${path}.subnetwork`, reason }] : [];
  return [...checkName(`${path}.name`, address.name, 63), ...global, ...stray];
}

/** Accepts the name of an address in the list, or an IPv4 address. */
function checkTarget(path: string, value: string, names: readonly string[]): InputProblem[] {
  return isIPv4(value) || names.includes(value)
    ? []
    : [
        {
          path,
          value,
          reason: "is neither in `addresses` nor an IPv4 address",
          allowed: names.join(", ") || "an IPv4 address",
        },
      ];
}

function checkDnsRevisions(
  record: DnsInputs,
  path: string,
  names: readonly string[],
): InputProblem[] {
  const { revisions } = record;
  if (revisions === undefined) {
    return [];
  }
  const weights = weightsOf({ revisions });
  const each = revisions.flatMap(({ revision, address }, index) => {
    const own = `${path}.revisions[${index}]`;
    const finding = checkRevision(revision);
    const weight = weights[index] ?? 0;
    return [
      ...(finding === undefined ? [] : [{ path: `${own}.revision`, value: revision, ...finding }]),
      ...(Number.isInteger(weight) && weight >= 0
        ? []
        : [
            {
              path: `${own}.weight`,
              value: weight,
              reason: "is not a weight",
              allowed: "whole numbers from 0",
            },
          ]),
      ...checkTarget(`${own}.address`, address, names),
    ];
  });
  const none = weights.some((weight) => weight > 0)
    ? []
    : [
        {
          path: `${path}.revisions`,
          reason: "have no weight above 0, so the name would have no address",
          fix: "give one revision a weight, such as 100",
        },
      ];
  const named = revisions.map(({ revision }) => revision);
  const double = named.filter((name, index) => named.indexOf(name) !== index);
  return [
    ...each,
    ...none,
    ...double.map((value) => ({ path: `${path}.revisions`, value, reason: "is given twice" })),
  ];
}

function checkRecord(record: DnsInputs, index: number, names: readonly string[]): InputProblem[] {
  const path = `dns[${index}]`;
  const { name, ttlSeconds = 60, address, revisions } = record;
  const host = HOST.test(name.replace(/\.$/, ""))
    ? []
    : [
        {
          path: `${path}.name`,
          value: name,
          reason: "is not a full host name",
          allowed: "such as shop.example.com",
        },
      ];
  const ttl =
    Number.isInteger(ttlSeconds) && ttlSeconds >= 0 && ttlSeconds <= MAX_TTL_SECONDS
      ? []
      : [
          {
            path: `${path}.ttlSeconds`,
            value: ttlSeconds,
            reason: "is not a time to live",
            allowed: `whole seconds from 0 to ${MAX_TTL_SECONDS}`,
          },
        ];
  const one =
    (address === undefined) !== (revisions === undefined)
      ? []
      : [{ path, reason: "needs one of address and revisions" }];
  return [
    ...host,
    ...ttl,
    ...one,
    ...checkName(`${path}.zone`, record.zone, 63),
    ...checkProject(`${path}.project`, record.project),
    ...(address === undefined ? [] : checkTarget(`${path}.address`, address, names)),
    ...checkDnsRevisions(record, path, names),
  ];
}

function checkDns({ dns = [], addresses = [] }: GkeInputs): InputProblem[] {
  const names = addresses.map(({ name }) => name);
  return [
    ...dns.flatMap((record, index) => checkRecord(record, index, names)),
    ...twice(
      "dns",
      dns.map(({ name }) => name.replace(/\.$/, "")),
    ),
  ];
}

function checkRegistry({ registry }: GkeInputs): InputProblem[] {
  const location = registry?.location;
  const multi = ["us", "europe", "asia"].includes(location ?? "");
  return [
    ...checkName("registry.repository", registry?.repository, 63),
    ...(multi ? [] : checkLocation("registry.location", location)),
    ...checkEmails("registry.readers", registry?.readers ?? []),
  ];
}

const CHECKS: readonly ((inputs: GkeInputs) => InputProblem[])[] = [
  ({ project }) => checkProject("project", project),
  ({ location }) => checkLocation("location", location),
  checkCluster,
  checkFirewall,
  checkTelemetry,
  checkCa,
  checkFleet,
  ({ addresses = [] }) => [
    ...addresses.flatMap(checkAddress),
    ...twice(
      "addresses",
      addresses.map(({ name }) => name),
    ),
  ],
  checkDns,
  checkRegistry,
];

/**
 * Returns everything that is wrong with the inputs of a foundation. Accepts plain data of any
 * shape. What only Google Cloud knows is checked after the look-ups.
 *
 * @example checkGkeInputs({ project: "123456789012", … })[0].fix // "write the ID; this is a project's number"
 */
export function checkGkeInputs(inputs: GkeInputs): Problem[] {
  const misfits = checkInputs("GkeInputs", inputs);
  // The check of ports says more about a port than its type does.
  const isReadable = misfits.every(({ path }) => path.startsWith("firewall.ports["));
  const findings = isReadable
    ? CHECKS.flatMap((check) => check(inputs))
    : misfits.map((misfit) => withCommand(misfit, inputs));
  return findings.map((finding) => ({ source: INPUTS_SOURCE, ...finding }));
}
