import assert from "node:assert/strict";
import fc from "fast-check";
import { formatProblem } from "../../../mesh/common/problem";
import { neededApis } from "../../../mesh/gke/apis";
import { checkGkeInputs } from "../../../mesh/gke/check";
import { checkCidr } from "../../../mesh/gke/cidr";
import { regionOf } from "../../../mesh/gke/facts";
import { kubeconfig } from "../../../mesh/gke/kubeconfig";
import { meshInputs } from "../../../mesh/gke/platform";
import type { GkeInputs } from "../../../mesh/model/gkeInputs";
import { NEW } from "../../../toolchain/versions";

const SOUND: GkeInputs = {
  project: "my-project",
  location: "europe-west1",
  cluster: { kind: "existing", name: "prod" },
};

const FACTS = {
  name: "prod",
  autopilot: false,
  privateNodes: false,
  network: "default",
  allowNetAdmin: false,
};

function text(inputs: object): string {
  return checkGkeInputs({ ...SOUND, ...inputs } as GkeInputs)
    .map(formatProblem)
    .join("\n");
}

describe("GKE inputs", () => {
  it("sound ones have no problem, and are not changed", () => {
    const before = structuredClone(SOUND);
    assert.deepEqual(checkGkeInputs(SOUND), []);
    assert.deepEqual(SOUND, before);
  });

  for (const project of ["my-project", "example.com:my-project", "a12345", `a${"b".repeat(29)}`]) {
    it(`${project} is a project ID`, () => assert.equal(text({ project }), ""));
  }

  for (const project of [
    "My-project",
    "short",
    "ends-with-",
    "123456789012",
    `a${"b".repeat(30)}`,
  ]) {
    it(`${project} is none`, () => assert.match(text({ project }), /project: is not a project ID/));
  }

  it("network policy of an existing cluster: the commands, since it is left alone", () => {
    const cluster = { kind: "existing", name: "prod", networkPolicy: "calico" };
    assert.match(
      text({ cluster }),
      /cluster\.networkPolicy: is for a cluster that the stack creates; .*fix: gcloud container clusters update prod --location=europe-west1 --project=my-project --update-addons=NetworkPolicy=ENABLED, then .* --enable-network-policy \(/,
    );
  });

  it("network policy of a new cluster", () => {
    const own = (more: object) => text({ cluster: { kind: "new", name: "prod", ...more } });
    assert.equal(own({ networkPolicy: "calico" }), "");
    assert.equal(own({ networkPolicy: "dataplane-v2" }), "");
    assert.match(
      own({ networkPolicy: "cilium" }),
      /cluster\.networkPolicy: .*calico, dataplane-v2/,
    );
    assert.match(
      own({ networkPolicy: "calico", autopilot: true }),
      /cluster\.networkPolicy: does not go with Autopilot, which always has Dataplane V2/,
    );
  });

  for (const [location, valid] of [
    ["europe-west1", true],
    ["europe-west1-b", true],
    ["northamerica-northeast2", true],
    ["europe", false],
    ["eu-west-1", false],
    ["us", false],
  ] as const) {
    it(`${location} is ${valid ? "a" : "no"} location`, () => {
      assert.equal(text({ location }) === "", valid);
    });
  }

  it("what has the wrong type or name is told with its path, also deep inside", () => {
    assert.match(text({ cluster: "prod" }), /cluster: has the wrong type; allowed: a map/);
    assert.match(
      text({ cluster: { kind: "exists", name: "x" } }),
      /cluster\.kind: is unknown .*existing, new/,
    );
    assert.match(
      text({ telemtry: {} }),
      /telemtry: is an unknown field.* did you mean "telemetry"\?/,
    );
    assert.match(
      text({ firewall: { targets: { kind: "tag" } } }),
      /firewall\.targets\.kind: .*did you mean "tags"\?/,
    );
    assert.match(
      text({ telemetry: { reports: ["trace"], workloads: "some" } }),
      /telemetry\.reports\[0\]: is unknown[\s\S]*telemetry\.workloads: is unknown .* allowed: all/,
    );
  });

  it("Autopilot is regional and has no node pool", () => {
    const cluster = { kind: "new", name: "auto", autopilot: true, nodePool: {} };
    const problems = text({ location: "europe-west1-b", cluster });
    assert.match(problems, /location: is a zone, and Autopilot .* fix: write "europe-west1"/);
    assert.match(problems, /cluster\.nodePool: does not go with Autopilot/);
  });

  it("numbers of nodes are checked, with their defaults", () => {
    const pool = (nodePool: object) => text({ cluster: { kind: "new", name: "prod", nodePool } });
    assert.equal(pool({ minNodes: 0 }), "");
    assert.match(pool({ minNodes: 5 }), /maxNodes: is below minNodes \(5\) \(got 4\)/);
    assert.match(pool({ maxNodes: 1.5 }), /maxNodes: is not a number of nodes/);
    assert.match(pool({ serviceAccount: "nodes" }), /serviceAccount: is not the email/);
  });

  it("empty targets would open the port to nobody, and 15017 is open anyway", () => {
    assert.match(
      text({ firewall: { ports: [15017], targets: { kind: "tags", tags: [] } } }),
      /ports\[0\]: .* fix: leave it out: it is always open[\s\S]*targets\.tags: is an empty list/,
    );
  });

  it("addresses and records", () => {
    const problems = text({
      addresses: [{ name: "web" }, { name: "web", scope: "global", internal: true }],
      dns: [
        { name: "shop.example.com", zone: "z", address: "web", revisions: [] },
        { name: "shop.example.com.", zone: "z" },
        { name: "a.example.com", zone: "z", ttlSeconds: -1, address: "10.0.0.256" },
        {
          name: "b.example.com",
          zone: "z",
          revisions: [{ revision: NEW, weight: 0, address: "web" }],
        },
      ],
    });
    for (const pattern of [
      /addresses\[1\]\.internal: is for regional internal/,
      /addresses\[1\]\.name: is given twice \(got "web"\)/,
      /dns\[0\]: needs one of address and revisions/,
      /dns\[1\]\.name: is given twice/,
      /dns\[2\]\.ttlSeconds: is not a time to live \(got -1\)/,
      /dns\[2\]\.address: is neither in `addresses`/,
      /dns\[3\]\.revisions: have no weight above 0/,
    ]) {
      assert.match(problems, pattern);
    }
  });

  it("a CA pool is a path", () => {
    assert.match(text({ ca: { type: "cas", caPool: "pool" } }), /ca\.caPool: is not a CA pool/);
  });

  it("never throws, whatever it is given", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        assert.ok(Array.isArray(checkGkeInputs(value as unknown as GkeInputs)));
      }),
    );
  });
});

describe("GKE ranges", () => {
  it("takes whole ranges only", () => {
    assert.equal(checkCidr("172.16.0.16/28", 28), undefined);
    assert.equal(checkCidr("10.0.0.0/8"), undefined);
    assert.equal(checkCidr("0.0.0.0/0"), undefined);
    assert.equal(checkCidr("172.16.0.1/28"), "is not the first address of its range");
    assert.equal(checkCidr("172.16.0.0/27", 28), "is not a /28");
    for (const range of ["172.16.0.0", "172.16.0/28", "172.16.0.0/33", "a/28", "10.0.0.0/8/8"]) {
      assert.equal(checkCidr(range), "is not an IPv4 range", range);
    }
  });

  it("a /32 of any address is a range", () => {
    fc.assert(fc.property(fc.ipV4(), (address) => checkCidr(`${address}/32`) === undefined));
  });
});

describe("GKE plans", () => {
  it("names each API once, sorted, in the project that needs it", () => {
    const dns = { name: "a.example.com", zone: "z", address: "10.0.0.1" };
    const apis = neededApis(
      {
        ...SOUND,
        fleet: { project: "fleet-host" },
        dns: [dns, { ...dns, project: "dns-project" }],
      },
      false,
    );
    assert.deepEqual(
      apis.map(({ project, service }) => `${project} ${service.replace(".googleapis.com", "")}`),
      [
        "dns-project dns",
        "fleet-host gkehub",
        "fleet-host mesh",
        "my-project container",
        "my-project dns",
        "my-project mesh",
      ],
    );
  });

  it("without wishes GKE alone", () => {
    assert.deepEqual(
      neededApis(SOUND, false).map(({ service }) => service),
      ["container.googleapis.com"],
    );
  });

  it("a zone's region, and a version without Google's suffix", () => {
    assert.equal(regionOf("europe-west1-b"), "europe-west1");
    assert.equal(regionOf("europe-west1"), "europe-west1");
    const facts = { ...FACTS, kubernetesVersion: "1.33.4-gke.100" };
    assert.equal(meshInputs(SOUND, facts).kubernetesVersion, "1.33.4");
    assert.deepEqual(meshInputs(SOUND, { ...FACTS, autopilot: true }), { platform: "gke" });
  });

  it("the hub's defaults: the cluster's region, no folder", () => {
    const registry = { repository: "mesh" };
    const zonal = { ...SOUND, location: "europe-west1-b", registry };
    assert.equal(meshInputs(zonal, FACTS).hub, "europe-west1-docker.pkg.dev/my-project/mesh");
    const europe = { ...SOUND, registry: { ...registry, location: "europe", path: "/a/b/" } };
    assert.equal(meshInputs(europe, FACTS).hub, "europe-docker.pkg.dev/my-project/mesh/a/b");
  });

  it("a kubeconfig has one user, who logs in by plugin", () => {
    const config = JSON.parse(
      kubeconfig({ name: "c", endpoint: "10.0.0.1", caCertificate: "Y2E=" }),
    );
    assert.deepEqual(Object.keys(config.users[0].user), ["exec"]);
    assert.equal(config.users.length, 1);
  });
});
