import * as pulumi from "@pulumi/pulumi";
import { ServiceMesh } from "../../../components";

/** Another component has failed, and a mesh takes an output of it. */
const failed = pulumi.output(Promise.reject(new Error("the other component failed")));

new ServiceMesh("mesh", {
  version: failed as unknown as pulumi.Output<string>,
  target: { kind: "render", directory: "unused" },
});
