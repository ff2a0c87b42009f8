#!/usr/bin/env node
import { main } from "@pulumi/pulumi/provider/server";
import { leaveFailuresToCaller } from "../components/pulumi/outputs";
import { MeshProvider } from "./provider";

/** Serves the provider to the engine that has started this process, until the engine ends it. */
function serve(): Promise<void> {
  leaveFailuresToCaller();
  return main(new MeshProvider(), process.argv.slice(2));
}

// The command `pulumi-resource-servicemesh`. Pulumi's Node.js language host, which runs the
// repository as a plugin, calls what this file exports instead.
if (require.main === module) {
  void serve();
}

export = serve;
