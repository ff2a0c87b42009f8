import { checkDataPlane, isManagedRevision } from "../managed/dataPlane";
import type { ExternalHost, GatewayInputs, GatewayKind, GatewayPort } from "../model/gatewayInputs";
import type { InputProblem } from "../schema/checkInputs";
import { checkAccess } from "./checkAccess";
import { EGRESS_HTTP_PORT, EGRESS_TLS_PORT } from "./egress";
import { weightsOf } from "./plan";
import { portKey, servicePorts } from "./ports";

const MAX_PORT = 65535;

function isPort(value: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= MAX_PORT;
}

function isCount(value: number, least: number): boolean {
  return Number.isInteger(value) && value >= least;
}

function checkCount(path: string, value: number | undefined, least: number): InputProblem[] {
  return value === undefined || isCount(value, least)
    ? []
    : [{ path, value, reason: "is not a number of pods", allowed: `whole numbers from ${least}` }];
}

/** With `traffic: shared`, every revision with a weight needs at least one pod. */
function podsNeeded(inputs: GatewayInputs): number {
  const positive = weightsOf(inputs).filter((weight) => weight > 0).length;
  return inputs.traffic === "active" ? 1 : positive;
}

function tooFew(path: string, value: number, needed: number): InputProblem[] {
  return value >= needed
    ? []
    : [
        {
          path,
          value,
          reason: `is less than the ${needed} revisions with a weight, each of which needs a pod`,
          fix: `set it to ${needed} or more`,
        },
      ];
}

function checkReplicas(inputs: GatewayInputs): InputProblem[] {
  const { autoscaling, replicas, warmReplicas } = inputs;
  const both =
    autoscaling !== undefined && replicas !== undefined
      ? [
          {
            path: "replicas",
            value: replicas,
            reason: "does not go with `autoscaling`, which would fight with it (istio#41481)",
            fix: "leave one of the two out",
          },
        ]
      : [];
  const counts = [
    ...checkCount("replicas", replicas, 1),
    ...checkCount("warmReplicas", warmReplicas, 0),
  ];
  const few =
    autoscaling === undefined && counts.length === 0
      ? tooFew("replicas", replicas ?? 2, podsNeeded(inputs))
      : [];
  return [...both, ...counts, ...few];
}

function checkAutoscaling(inputs: GatewayInputs): InputProblem[] {
  if (inputs.autoscaling === undefined) {
    return [];
  }
  const { cpuPercent = 80, maxReplicas, minReplicas } = inputs.autoscaling;
  const counts = [
    ...checkCount("autoscaling.minReplicas", minReplicas, 1),
    ...checkCount("autoscaling.maxReplicas", maxReplicas, 1),
  ];
  const path = "autoscaling.maxReplicas";
  const order =
    counts.length === 0 && maxReplicas < minReplicas
      ? [{ path, value: maxReplicas, reason: `is below minReplicas (${minReplicas})` }]
      : [];
  const cpu =
    cpuPercent > 0
      ? []
      : [
          {
            path: "autoscaling.cpuPercent",
            value: cpuPercent,
            reason: "is not a percentage",
            allowed: "above 0",
          },
        ];
  const few = counts.length === 0 ? tooFew(path, maxReplicas, podsNeeded(inputs)) : [];
  return [...counts, ...order, ...cpu, ...few];
}

function checkSeconds(inputs: GatewayInputs): InputProblem[] {
  const paths = [
    "terminationGracePeriodSeconds",
    "terminationDrainSeconds",
    "meshDrainSeconds",
  ] as const;
  return paths
    .filter((path) => {
      const value = inputs[path];
      return value !== undefined && !(Number.isFinite(value) && value > 0);
    })
    .map((path) => ({
      path,
      value: inputs[path],
      reason: "is not a duration",
      allowed: "seconds above 0",
    }));
}

function checkPort(path: string, { port, targetPort }: GatewayPort): InputProblem[] {
  const wrong = Object.entries({ port, targetPort }).filter(
    ([, value]) => value !== undefined && !isPort(value),
  );
  return wrong.map(([field, value]) => ({
    path: `${path}.${field}`,
    value,
    reason: "is not a port",
    allowed: `1 to ${MAX_PORT}`,
  }));
}

function checkDoublePorts(ports: readonly GatewayPort[]): InputProblem[] {
  const keys = ports.map(portKey);
  const names = ports.map(({ name }) => name);
  return ports.flatMap((own, index) => {
    const twice = keys.indexOf(portKey(own)) !== index ? portKey(own) : undefined;
    const named = names.indexOf(own.name) !== index ? own.name : undefined;
    return [twice, named]
      .filter((value) => value !== undefined)
      .map((value) => ({
        path: "service.ports",
        value,
        reason: "is given twice",
        fix: "give each port a number and a name of its own; a port with the name or the number of a default port replaces it",
      }));
  });
}

function checkPorts(inputs: GatewayInputs): InputProblem[] {
  const lists = ["ports", "basePorts"] as const;
  const numbers = lists.flatMap((list) =>
    (inputs.service?.[list] ?? []).flatMap((port, index) =>
      checkPort(`service.${list}[${index}]`, port),
    ),
  );
  return [...numbers, ...checkDoublePorts(servicePorts(inputs))];
}

/** Inputs that only one kind of gateway has. */
const OF_KIND: Readonly<Partial<Record<keyof GatewayInputs, GatewayKind>>> = {
  tls: "ingress",
  hosts: "egress",
  eastWest: "east-west",
  network: "east-west",
};

function checkKind(inputs: GatewayInputs): InputProblem[] {
  const { kind = "ingress" } = inputs;
  return Object.entries(OF_KIND)
    .filter(([field, owner]) => {
      const value = inputs[field as keyof GatewayInputs];
      return owner !== kind && value !== undefined && !(Array.isArray(value) && value.length === 0);
    })
    .map(([field, owner]) => ({
      path: field,
      reason: `is for gateways of kind ${owner}, and this one is of kind ${kind}`,
      fix: `write \`kind: ${owner}\`, or leave ${field} out`,
    }));
}

/** Settings of a load balancer. Only a Service of that type has them. */
const OF_LOAD_BALANCER = ["internal", "loadBalancerIP", "loadBalancerSourceRanges"] as const;

function checkServiceType(inputs: GatewayInputs): InputProblem[] {
  const { service = {}, kind = "ingress", eastWest } = inputs;
  const type = service.type ?? (kind === "egress" ? "ClusterIP" : "LoadBalancer");
  const given = [
    ...OF_LOAD_BALANCER.map((field) => [`service.${field}`, service[field]] as const),
    ["eastWest.access", eastWest?.access] as const,
  ].filter(([, value]) => value !== undefined && value);
  return type === "LoadBalancer"
    ? []
    : given.map(([path, value]) => ({
        path,
        value,
        reason: `has no effect for a Service of type ${type}`,
        fix: "write `service.type: LoadBalancer`, or leave it out",
      }));
}

function checkTls(inputs: GatewayInputs): InputProblem[] {
  const ports = servicePorts(inputs).map(({ port }) => port);
  const keys = (inputs.tls ?? []).map(
    ({ credentialName, port = 443 }) => `${port} ${credentialName}`,
  );
  return (inputs.tls ?? []).flatMap(({ credentialName, hosts, port = 443 }, index) => {
    const path = `tls[${index}]`;
    const found: (InputProblem | false)[] = [
      credentialName === "" && {
        path: `${path}.credentialName`,
        reason: "is empty",
        fix: "name the Secret with the certificate, in the gateway's namespace",
      },
      hosts.length === 0 && {
        path: `${path}.hosts`,
        reason: "is an empty list",
        fix: 'name hosts, such as "shop.example.com"',
      },
      !ports.includes(port) && {
        path: `${path}.port`,
        value: port,
        reason: "is no port of the Service",
        allowed: ports.join(", "),
        fix: "add it to service.ports",
      },
      keys.indexOf(keys[index] ?? "") !== index && {
        path,
        value: credentialName,
        reason: "has the port and the Secret of another entry",
        fix: "put all their hosts into one entry",
      },
    ];
    return found.filter((finding) => finding !== false);
  });
}

const HOST = /^([a-z0-9]([-a-z0-9]*[a-z0-9])?\.)+[a-z0-9]([-a-z0-9]*[a-z0-9])?$/i;

function checkExternalHost(external: ExternalHost, index: number): InputProblem[] {
  const path = `hosts.externalHosts[${index}]`;
  const host = HOST.test(external.host)
    ? []
    : [
        {
          path: `${path}.host`,
          value: external.host,
          reason: "is not the full name of one host",
          allowed: "such as www.example.com, without wildcards: the gateway has to resolve it",
        },
      ];
  return [...host, ...checkPort(path, { name: "", port: external.port })];
}

/**
 * At the gateway, HTTP hosts share one port and encrypted hosts another, so only the host name
 * tells them apart.
 */
function checkExternalTwice(all: readonly ExternalHost[]): InputProblem[] {
  const keys = all.map(({ host, protocol }) => `${host} ${protocol === "HTTP"}`);
  return all.flatMap(({ host }, index) =>
    keys.indexOf(keys[index] ?? "") === index
      ? []
      : [
          {
            path: `hosts.externalHosts[${index}].host`,
            value: host,
            reason: "is given twice; the gateway could not tell the two ports apart",
            fix: "name a host once with HTTP and once with HTTPS or TLS",
          },
        ],
  );
}

/** Through these ports the gateway receives what it sends out. */
function checkEntryPorts(inputs: GatewayInputs, all: readonly ExternalHost[]): InputProblem[] {
  const ports = servicePorts(inputs).map(({ port }) => port);
  const needed = all.map(({ protocol }) =>
    protocol === "HTTP" ? EGRESS_HTTP_PORT : EGRESS_TLS_PORT,
  );
  return [...new Set(needed)]
    .filter((port) => !ports.includes(port))
    .map((port) => ({
      path: "hosts",
      value: port,
      reason: "is the port through which they go out, and no port of the Service",
      fix: "add it to service.ports",
    }));
}

function checkExternal(inputs: GatewayInputs): InputProblem[] {
  const all = inputs.hosts?.externalHosts ?? [];
  return [
    ...all.flatMap(checkExternalHost),
    ...checkExternalTwice(all),
    ...checkEntryPorts(inputs, all),
  ];
}

function checkIstiod(inputs: GatewayInputs): InputProblem[] {
  const { exposeIstiod = false, istiodRevision } = inputs.eastWest ?? {};
  const names = inputs.revisions.map(({ revision }) => revision);
  const managed = isManagedRevision(istiodRevision ?? names[0] ?? "");
  return exposeIstiod && managed
    ? [
        {
          path: "eastWest.exposeIstiod",
          value: true,
          reason: "a managed control plane has no istiod in the cluster",
          fix: "leave it out, or name a revision in eastWest.istiodRevision",
        },
      ]
    : [];
}

function checkManagedDataPlane({ managedDataPlane, revisions }: GatewayInputs): InputProblem[] {
  const names = revisions.map(({ revision }) => revision);
  return checkDataPlane(managedDataPlane, names, "the gateway");
}

function checkVolumes({ volumes = [] }: GatewayInputs): InputProblem[] {
  return volumes.flatMap(({ secretName, configMapName, name }, index) =>
    (secretName === undefined) !== (configMapName === undefined)
      ? []
      : [
          {
            path: `volumes[${index}]`,
            value: name,
            reason: "needs one of secretName and configMapName",
          },
        ],
  );
}

function checkBudget({ disruptionBudget }: GatewayInputs): InputProblem[] {
  const count = Object.values(disruptionBudget ?? {}).filter((v) => v !== undefined).length;
  return disruptionBudget === undefined || count === 1
    ? []
    : [{ path: "disruptionBudget", reason: "needs one of maxUnavailable and minAvailable" }];
}

const CHECKS: readonly ((inputs: GatewayInputs) => InputProblem[])[] = [
  checkReplicas,
  checkAutoscaling,
  checkSeconds,
  checkPorts,
  checkKind,
  checkServiceType,
  checkAccess,
  checkTls,
  checkExternal,
  checkIstiod,
  checkManagedDataPlane,
  checkVolumes,
  checkBudget,
];

/** Checks numbers and ports, and whether each field fits the gateway's kind. */
export function checkFields(inputs: GatewayInputs): InputProblem[] {
  return CHECKS.flatMap((check) => check(inputs));
}
