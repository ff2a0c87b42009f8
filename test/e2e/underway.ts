import { extraProgram } from "../../toolchain/setup";
import type { Node } from "../node/node";
import type { LiveCluster } from "../support/liveCluster";
import { Load, type LoadOptions } from "./load";
import { HOST, routeToShop, untilServed } from "./shop";

/** Which gateway clients ask, and how often. */
export interface Clients extends Pick<LoadOptions, "long"> {
  /** Name of the gateway's Service. @default "web" */
  readonly gateway?: string;
  /** Labels of its pods. @default those of a gateway of ours */
  readonly selector?: Readonly<Record<string, string>>;
  /** Requests a second, long ones not counted. */
  readonly rate: number;
  /** Namespace of the shop that the gateway sends them to. @default "shop" */
  readonly backend?: string;
}

/** Sends a gateway's requests to the shop, and clients to it once they are served. */
export async function startLoad(
  node: Node,
  live: LiveCluster,
  { gateway = "web", selector = { app: gateway }, rate, long, backend = "shop" }: Clients,
): Promise<Load> {
  const target = await routeToShop(live, gateway, selector, backend);
  await untilServed(node, target);
  return Load.start({
    program: extraProgram("load"),
    wrap: node.inNetns,
    target,
    host: HOST,
    rate,
    ...(long !== undefined && { long }),
  });
}
