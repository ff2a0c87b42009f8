export { meshPolicies } from "./policies";
