import { PolicyPack } from "@pulumi/policy";
import { meshPolicies } from "./policies";

/** The pack in `policy/pack`, which Pulumi runs in a process of its own. */
new PolicyPack("pulumi-service-mesh", { policies: meshPolicies() });
