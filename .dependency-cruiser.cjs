/** Which room may import which: see docs/architecture.md. */
const rooms = [
  ["mesh", "^mesh/"],
  ["adapters", "^adapters/"],
  ["components", "^components/"],
];

/** Imports point one way: index.ts, cli and provider, then components, then adapters, then mesh. */
const upwards = rooms.map(([room, path], index) => ({
  name: `${room}-imports-nothing-above`,
  severity: "error",
  from: { path },
  to: {
    path: [
      "^(index\\.ts|cli/|provider/|toolchain/|test/|bench/)",
      ...rooms.slice(index + 1).map(([, above]) => above),
    ],
  },
}));

/** @type {import("dependency-cruiser").IConfiguration} */
module.exports = {
  forbidden: [
    ...upwards,
    {
      name: "policy-imports-mesh-alone",
      comment: "The policy pack runs in a process of its own, beside the programs that it judges.",
      severity: "error",
      from: { path: "^policy/" },
      to: { path: "^(index\\.ts|cli|components|adapters|provider|toolchain|test|bench)(/|$)" },
    },
    {
      name: "nothing-imports-policy",
      severity: "error",
      from: { path: "^(index\\.ts|cli|components|adapters|mesh|provider)(/|$)" },
      to: { path: "^policy/" },
    },
    {
      name: "provider-imports-components-alone",
      comment: "It says which components there are. What they do is theirs.",
      severity: "error",
      from: { path: "^provider/" },
      to: { path: "^(index\\.ts|cli|adapters|mesh|toolchain|test|bench)(/|$)" },
    },
    {
      name: "nothing-imports-the-provider",
      severity: "error",
      from: { path: "^(index\\.ts|cli/)" },
      to: { path: "^provider/" },
    },
    {
      name: "no-cycle-of-files",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "no-cycle-of-folders",
      scope: "folder",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "mesh-is-pure",
      comment: "The core reads no file and opens no socket, starts no program and knows no engine.",
      severity: "error",
      from: { path: "^mesh/" },
      to: {
        path: "^(node:)?(fs|fs/promises|http|https|http2|tls|dgram|child_process|os)$|@pulumi/",
      },
    },
    {
      name: "programs-load-parts-of-the-sdk",
      comment:
        "The entry point of Pulumi's SDK doubles the start of a program: see components/pulumi/sdk.ts.",
      severity: "error",
      from: { path: "^(index\\.ts|components|adapters)(/|$)" },
      to: { path: "@pulumi/pulumi/index\\.", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "product-uses-no-development-package",
      severity: "error",
      from: { path: "^(mesh|adapters|components|policy|cli|provider)/|^index\\.ts$" },
      to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["npm", "npm-peer", "type-only"] },
    },
  ],
  options: {
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: { extensions: [".ts", ".js", ".cjs", ".json"] },
  },
};
