import { isObject, type Json, type JsonObject } from "../common/json";
import type { K8sObject } from "../k8s/objects";
import { getPath } from "../k8s/path";
import type { SchemaFinding } from "../schema/schemaFinding";
import { exclusionFaults } from "./exclusions";
import { limitFaults } from "./limits";
import { at, containersOf, type Fault, hasPods, objectsAt, POD, type Segments } from "./parts";
import { type ObjectSchemas, schemaCheck } from "./schemaFaults";

/** What the API server would refuse of an object. The segments begin at the root of the object. */
export interface ObjectFault extends SchemaFinding {
  readonly object: K8sObject;
}

/** Maps of an object that hold texts only. */
const TEXT_MAPS: readonly Segments[] = [
  ["metadata", "labels"],
  ["metadata", "annotations"],
  ["spec", "selector", "matchLabels"],
  ["spec", "template", "metadata", "labels"],
  ["spec", "template", "metadata", "annotations"],
  [...POD, "nodeSelector"],
];

/** Of these kinds `data` holds texts. */
const WITH_TEXT_DATA = ["ConfigMap", "Secret"];

/** Values that are no texts. A map among them shows that a patch's path was cut at the dots of a key. */
function notTexts(object: K8sObject): Fault[] {
  const maps = WITH_TEXT_DATA.includes(object.kind) ? [...TEXT_MAPS, ["data"]] : TEXT_MAPS;
  return maps.flatMap((segments) => {
    const map = at(object, segments);
    return Object.entries(isObject(map) ? map : {})
      .filter(([, value]) => typeof value !== "string")
      .map(([key, value]): Fault => {
        const isCut = isObject(value);
        return {
          segments: [...segments, key],
          value,
          reason: "must be a text",
          fix: isCut
            ? `a path is cut at its dots; escape those of a key: ${segments.join(".")}.${dotted(key, value)}`
            : "put it in quotes",
        };
      });
  });
}

/** The key that was cut, with its dots escaped, such as `prometheus\.io/scrape`. */
function dotted(key: string, value: Json): string {
  const [first] = isObject(value) ? Object.entries(value) : [];
  return first === undefined ? key : `${key}\\.${dotted(first[0], first[1])}`;
}

function withoutContainers(object: K8sObject): Fault[] {
  return objectsAt(object, [...POD, "containers"]).length > 0
    ? []
    : [
        {
          segments: [...POD, "containers"],
          reason: "is empty",
          fix: "patch the fields that are meant (spec.template.spec.hostNetwork) and not the map around them, whose value is replaced whole",
        },
      ];
}

/** Items of a list that share what has to be unique among them. */
function repeated(
  object: K8sObject,
  list: Segments,
  { key, what }: { readonly key: (item: JsonObject) => string | undefined; readonly what: string },
): Fault[] {
  const seen = new Set<string>();
  return objectsAt(object, list).flatMap((item, index): Fault[] => {
    const name = key(item);
    if (name === undefined) {
      return [];
    }
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    return [
      {
        segments: [...list, index],
        value: name,
        reason: `is the second ${what}`,
        fix: "give each its own",
      },
    ];
  });
}

const textOf = (field: string) => (item: JsonObject) =>
  typeof item[field] === "string" ? item[field] : undefined;

/** Kubernetes tells ports apart by number and protocol. */
const portOf = ({ port, protocol = "TCP" }: JsonObject) =>
  port === undefined ? undefined : `${port}/${protocol}`;

function repeatedInPod(object: K8sObject): Fault[] {
  return [
    ...repeated(object, [...POD, "containers"], {
      key: textOf("name"),
      what: "container of this name",
    }),
    ...sharedNames(object),
    ...repeated(object, [...POD, "volumes"], { key: textOf("name"), what: "volume of this name" }),
    ...containersOf(object).flatMap((container) => [
      ...repeated(object, [...container, "volumeMounts"], {
        key: textOf("mountPath"),
        what: "mount at this path",
      }),
      ...repeated(object, [...container, "ports"], {
        key: textOf("name"),
        what: "port of this name",
      }),
      ...unknownVolumes(object, container),
    ]),
  ];
}

/** Containers and init containers share their names. */
function sharedNames(object: K8sObject): Fault[] {
  const names = objectsAt(object, [...POD, "containers"]).map(({ name }) => name);
  return objectsAt(object, [...POD, "initContainers"]).flatMap(({ name }, index): Fault[] =>
    names.includes(name)
      ? [
          {
            segments: [...POD, "initContainers", index, "name"],
            value: name,
            reason: "is the name of a container of this pod too",
            fix: "give it another one",
          },
        ]
      : [],
  );
}

function unknownVolumes(object: K8sObject, container: Segments): Fault[] {
  const claims = objectsAt(object, ["spec", "volumeClaimTemplates"]).map((claim) =>
    getPath(claim, "metadata.name"),
  );
  const known = [...objectsAt(object, [...POD, "volumes"]).map(({ name }) => name), ...claims];
  return objectsAt(object, [...container, "volumeMounts"]).flatMap(({ name }, index): Fault[] =>
    known.includes(name)
      ? []
      : [
          {
            segments: [...container, "volumeMounts", index, "name"],
            value: name,
            reason: "is no volume of this pod",
            fix: "add the volume too",
          },
        ],
  );
}

function unmatchedSelector(object: K8sObject): Fault[] {
  const labels = at(object, ["spec", "template", "metadata", "labels"]);
  const wanted = at(object, ["spec", "selector", "matchLabels"]);
  return Object.entries(isObject(wanted) ? wanted : {})
    .filter(([key, value]) => !isObject(labels) || labels[key] !== value)
    .map(([key, value]) => ({
      segments: ["spec", "selector", "matchLabels", key],
      value,
      reason: "is no label of the pods that the template makes",
      fix: `set spec.template.metadata.labels.${key.replaceAll(".", "\\.")} to the same`,
    }));
}

function rulesOf(object: K8sObject): Fault[] {
  if (object.kind === "Service") {
    const ports = ["spec", "ports"];
    return [
      ...repeated(object, ports, { key: textOf("name"), what: "port of this name" }),
      ...repeated(object, ports, { key: portOf, what: "port of this number and protocol" }),
    ];
  }
  return hasPods(object)
    ? [...withoutContainers(object), ...repeatedInPod(object), ...unmatchedSelector(object)]
    : [];
}

function faultsOf(object: K8sObject): Fault[] {
  return [
    ...notTexts(object),
    ...rulesOf(object),
    ...exclusionFaults(object),
    ...limitFaults(object),
  ];
}

/** Whether a fault is at the place of another one, or within it. */
function isWithin({ segments }: Fault, outer: Fault): boolean {
  return outer.segments.every((segment, index) => segments[index] === segment);
}

/**
 * What the API server would refuse of rendered objects, and so end an update half-way: what does not
 * fit the schemas of Kubernetes and of CRDs, and what a schema cannot say.
 *
 * @example
 * objectFaults([deployment])[0].segments // ["spec", "template", "spec", "containers"]
 */
export function objectFaults(
  objects: readonly K8sObject[],
  schemas: ObjectSchemas = {},
): ObjectFault[] {
  const check = schemaCheck(schemas);
  return objects.flatMap((object) => {
    const faults = faultsOf(object);
    // A rule knows more about a place than the schema.
    const others = check(object).filter((fault) => !faults.some((rule) => isWithin(fault, rule)));
    return [...faults, ...others].map((fault) => ({ object, ...fault }));
  });
}
