import { isEmpty, isObject, type Json, type JsonObject } from "../common/json";
import type { GatewayPort } from "../model/gatewayInputs";
import { noCounterpart, type Piece } from "./legacyPiece";

const FIELDS = ["name", "port", "targetPort", "protocol", "nodePort"];

function portOf(raw: JsonObject): GatewayPort {
  const { name, port, targetPort, protocol, nodePort } = raw;
  return {
    name: typeof name === "string" ? name : `port-${port}`,
    port: Number(port),
    ...(targetPort !== undefined && { targetPort: Number(targetPort) }),
    ...(protocol === "UDP" && { protocol }),
    ...(!isEmpty(nodePort) && { nodePort: Number(nodePort) }),
  };
}

function problems(raw: JsonObject, path: string): Piece[] {
  const unknown = Object.keys(raw).filter((field) => !FIELDS.includes(field));
  const named = raw.targetPort !== undefined && Number.isNaN(Number(raw.targetPort));
  return [...unknown, ...(named ? ["targetPort"] : [])].map((field) =>
    noCounterpart(`${path}.${field}`, raw[field] ?? null),
  );
}

/**
 * Reads the Service's ports unchanged: the whole list, with the same port numbers and target
 * ports.
 */
export function readPorts(ports: Json | undefined, path: string): Piece[] {
  const all = (Array.isArray(ports) ? ports : []).filter(isObject);
  return [
    { service: { basePorts: all.map(portOf) } },
    ...all.flatMap((raw, index) => problems(raw, `${path}[${index}]`)),
  ];
}

/** Reads `ingressPorts`: additional ports, by name and number. */
export function readMorePorts(ports: Json, path: string): Piece {
  const all = (Array.isArray(ports) ? ports : []).filter(isObject);
  const found = all.flatMap((raw, index) => problems(raw, `${path}[${index}]`));
  return {
    service: { ports: all.map(portOf) },
    problems: found.flatMap((piece) => piece.problems ?? []),
  };
}
