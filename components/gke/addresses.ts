import { Address } from "@pulumi/gcp/compute/address";
import { GlobalAddress } from "@pulumi/gcp/compute/globalAddress";
import { RecordSet } from "@pulumi/gcp/dns/recordSet";
import { absoluteName, answerOf, DEFAULT_TTL_SECONDS, isWrittenOut } from "../../mesh/gke/dns";
import { regionOf } from "../../mesh/gke/facts";
import type { AddressInputs, DnsInputs } from "../../mesh/model/gkeInputs";
import { protectedIf } from "../pulumi/protectedIf";
import type * as pulumi from "../pulumi/sdk";
import { childOptions, type GkeContext } from "./context";

/** The addresses by the names in the inputs. */
export type Addresses = Readonly<Record<string, pulumi.Output<string>>>;

function subnetworkOf(wanted: AddressInputs, { plan }: GkeContext): string | undefined {
  const { cluster } = plan.inputs;
  return wanted.subnetwork ?? (cluster.kind === "new" ? cluster.subnetwork : undefined);
}

function reserve(
  wanted: AddressInputs,
  context: GkeContext,
  after: readonly pulumi.Resource[],
): pulumi.Output<string> {
  const { name, plan } = context;
  const { project, location } = plan.inputs;
  // Clients depend on the address (istio#29502, istio#42017).
  const opts = { ...childOptions(context, after), ...protectedIf(wanted.protect ?? true) };
  const title = `${name}:${wanted.name}`;
  if (wanted.scope === "global") {
    return new GlobalAddress(title, { project, name: wanted.name }, opts).address;
  }
  const subnetwork = subnetworkOf(wanted, context);
  const inside = wanted.internal === true;
  const args = {
    project,
    name: wanted.name,
    region: regionOf(location),
    addressType: inside ? "INTERNAL" : "EXTERNAL",
    ...(inside && subnetwork !== undefined && { subnetwork }),
  };
  return new Address(title, args, opts).address;
}

/** Reserves the addresses of gateways. */
export function reserveAddresses(
  context: GkeContext,
  after: readonly pulumi.Resource[],
): Addresses {
  const wanted = context.plan.inputs.addresses ?? [];
  return Object.fromEntries(wanted.map((one) => [one.name, reserve(one, context, after)]));
}

function answerArgs(record: DnsInputs, addresses: Addresses) {
  const target = (address: string): pulumi.Input<string> =>
    isWrittenOut(address) ? address : (addresses[address] ?? address);
  const answer = answerOf(record);
  return answer.kind === "one"
    ? { rrdatas: [target(answer.address)] }
    : {
        routingPolicy: {
          wrrs: answer.items.map(({ weight, address }) => ({
            weight,
            rrdatas: [target(address)],
          })),
        },
      };
}

/** Creates DNS records for the addresses, weighted if there are several. */
export function nameAddresses(
  context: GkeContext,
  addresses: Addresses,
  after: readonly pulumi.Resource[],
): RecordSet[] {
  const { name, plan } = context;
  const { dns = [], project } = plan.inputs;
  return dns.map(
    (record) =>
      new RecordSet(
        `${name}:${absoluteName(record.name)}`,
        {
          project: record.project ?? project,
          managedZone: record.zone,
          name: absoluteName(record.name),
          type: "A",
          ttl: record.ttlSeconds ?? DEFAULT_TTL_SECONDS,
          ...answerArgs(record, addresses),
        },
        childOptions(context, after),
      ),
  );
}
