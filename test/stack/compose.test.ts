import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { Ajv } from "ajv";
import { parse } from "yaml";
import { parseListenAddress } from "../../src/config/listen-address.ts";
import { loadPolicies } from "../../src/config/policy-files.ts";
import { SECRET_FILES } from "../../src/domain/generate/secret-files.ts";
import {
  DEFAULT_ALERTMANAGER_VERSION,
  DEFAULT_PROMETHEUS_VERSION,
} from "../../src/domain/generate/versions.ts";
import type { Policy } from "../../src/domain/policy.ts";
import { type ComposeService, mountsOf, readCompose } from "../support/compose-file.ts";

const compose = readCompose("docker-compose.yml");
const services = Object.entries(compose.services);
const dockerfile = readFileSync("Dockerfile", "utf8");
const stages = dockerfile.split(/^(?=FROM )/m).slice(1);
const finalStage = stages.at(-1) ?? "";

function service(name: string): ComposeService {
  const found = compose.services[name];
  if (found === undefined) throw new Error(`no service ${name}`);
  return found;
}

/** Where a container finds a file that lies here in the project. */
function inContainer(name: string, path: string): string | undefined {
  const mount = mountsOf(service(name)).find(({ source }) => path.startsWith(`${source}/`));
  return mount && mount.target + path.slice(mount.source.length);
}

test("it is what the Compose Specification allows", () => {
  const schema = JSON.parse(readFileSync("test/support/compose-spec.json", "utf8"));
  // The specification's dialect names itself by https, which the validator knows by http only.
  const { $schema: _, ...body } = schema as { $schema: string };
  const validate = new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(body);
  validate(compose);
  expect(validate.errors).toBeNull();
  validate({ services: { a: { image: "a", read_onli: true } } });
  expect(validate.errors).not.toBeNull();
});

test("it has the six services of the stack", () => {
  expect(Object.keys(compose.services).sort()).toEqual(
    ["alertmanager", "grafana", "node-exporter", "prometheus", "redis", "rollguard"].sort(),
  );
});

describe.each(services)("%s", (name, of) => {
  test("cannot write but to a volume and to memory", () => {
    expect(of.read_only).toBe(true);
    expect(of.tmpfs).toEqual(["/tmp"]);
    for (const { source, readOnly } of mountsOf(of)) {
      const isNamedVolume = !/^[./]/.test(source);
      expect(readOnly).toBe(!isNamedVolume);
      if (isNamedVolume) expect(compose.volumes).toHaveProperty(source);
    }
  });

  test("has no privileges and cannot get any", () => {
    expect(of.cap_drop).toEqual(["ALL"]);
    expect(of.cap_add).toBeUndefined();
    expect(of.privileged).toBeUndefined();
    expect(of.security_opt).toEqual(["no-new-privileges:true"]);
  });

  test("is not root", () => {
    expect(of.user).toMatch(/^([1-9]\d*|\$\{ROLLGUARD_UID:\?[^}]+\}):[1-9]\d*$/);
  });

  test("runs as whoever may read its secrets", () => {
    expect((of.secrets ?? []).length > 0).toBe(of.user.startsWith("$" + "{ROLLGUARD_UID"));
  });

  test("is pinned to one version", () => {
    expect(of.image).toMatch(/^[a-z/-]+:v?\d+\.\d+\.\d+(-[a-z0-9.]+)?$/);
  });

  test("publishes on loopback only", () => {
    for (const port of of.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:(\d+):\1$/);
  });

  test("is on bridge networks of its own, never the host's", () => {
    expect(of.network_mode).toBeUndefined();
    expect(of.pid).toBeUndefined();
    expect(of.networks.length).toBeGreaterThan(0);
    for (const network of of.networks) expect(compose.networks[network]?.driver).toBe("bridge");
  });

  test("says whether it is healthy", () => {
    expect(of.healthcheck?.disable).toBeUndefined();
    expect(of.healthcheck?.test[0]).toMatch(/^CMD(-SHELL)?$/);
  });

  test("waits for what it needs to be healthy", () => {
    for (const [other, { condition }] of Object.entries(of.depends_on ?? {})) {
      expect(compose.services).toHaveProperty(other);
      expect(condition).toBe("service_healthy");
    }
  });

  test("takes secrets from files only, and from declared ones", () => {
    for (const secret of of.secrets ?? []) expect(compose.secrets).toHaveProperty(secret);
    for (const [key, value] of Object.entries(of.environment ?? {})) {
      if (!/PASSWORD|TOKEN|SECRET|_KEY/.test(key)) continue;
      expect(key).toMatch(/_FILE$/);
      expect((of.secrets ?? []).map((secret) => `/run/secrets/${secret}`)).toContain(value);
    }
  });

  test("mounts only what is there, or is generated", () => {
    for (const { source } of mountsOf(of).filter((mount) => mount.source.startsWith("./"))) {
      expect(existsSync(source) ? source : `${source} is missing`).toBe(source);
    }
    expect(name).toMatch(/^[a-z-]+$/);
  });
});

describe("the parts agree", () => {
  const policy = loadPolicies("rules/genesis.yaml").policies[0] as Policy;

  test("the servers are the ones that the files are generated for", () => {
    expect(service("prometheus").image).toBe(`prom/prometheus:v${DEFAULT_PROMETHEUS_VERSION}`);
    expect(service("alertmanager").image).toBe(`prom/alertmanager:v${DEFAULT_ALERTMANAGER_VERSION}`);
  });

  test("the image is this version of Rollguard, on this version of Node", () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
    expect(service("rollguard").image).toBe(`rollguard:${version}`);
    const major = readFileSync(".nvmrc", "utf8").trim().split(".")[0];
    const bases = stages.map((stage) => stage.split(/\s+/)[1]);
    expect(new Set(bases).size).toBe(1);
    expect(bases[0]).toMatch(new RegExp(`^node:${major}\\.\\d+\\.\\d+-bookworm-slim$`));
  });

  test("every target that the policy scrapes, but the application, is a service", () => {
    const others = policy.scrape.targets.filter(({ job }) => job !== policy.application.job);
    expect(others.length).toBeGreaterThan(3);
    for (const { address } of others) {
      const [host = "", port] = address.split(":");
      const of = service(host);
      expect(of.networks).toContain("monitoring");
      const said = [of.ports, of.healthcheck?.test].flat().join(" ");
      expect(said).toContain(`:${port}`);
    }
  });

  test("Alertmanager finds every file that its configuration names", () => {
    const text = readFileSync("alertmanager/alertmanager.yml", "utf8");
    const named = [...text.matchAll(/_file: (\S+)/g)].map(([, file = ""]) => file);
    const mounted = (service("alertmanager").secrets ?? []).map((secret) => `/run/secrets/${secret}`);
    expect(named).toContain(SECRET_FILES.rollguard);
    expect([...new Set(named)].sort()).toEqual(mounted.sort());
    expect(service("alertmanager").command).toContain(
      `--config.file=${inContainer("alertmanager", "./alertmanager/alertmanager.yml")}`,
    );
  });

  test("Alertmanager posts to where Rollguard listens, with the token that Rollguard asks for", () => {
    const { ROLLGUARD_LISTEN = "", ROLLGUARD_WEBHOOK_TOKEN_FILE } = service("rollguard").environment ?? {};
    const text = readFileSync("alertmanager/alertmanager.yml", "utf8");
    expect(text).toContain(`http://rollguard:${parseListenAddress(ROLLGUARD_LISTEN)?.port}/api/v1/alerts`);
    expect(ROLLGUARD_WEBHOOK_TOKEN_FILE).toBe(SECRET_FILES.rollguard);
  });

  test("Alertmanager's mail relay has an address", () => {
    const { global } = parse(readFileSync("alertmanager/alertmanager.yml", "utf8"));
    const [host] = String(global.smtp_smarthost).split(":");
    const hosts = (service("alertmanager") as { extra_hosts?: readonly string[] }).extra_hosts;
    expect(hosts?.map((entry) => entry.split(":")[0])).toContain(host);
  });

  test("Prometheus finds its rules", () => {
    const file = inContainer("prometheus", "./prometheus/prometheus.yml") ?? "";
    expect(service("prometheus").command).toContain(`--config.file=${file}`);
    const { rule_files } = parse(readFileSync("prometheus/prometheus.yml", "utf8"));
    const found = rule_files.map((path: string) => new URL(path, `file://${file}`).pathname);
    expect(found).toEqual([inContainer("prometheus", "./rules/generated/genesis.rules.yml")]);
  });

  test("Grafana finds its data source, its dashboards, and its password", () => {
    const { providers } = parse(readFileSync("grafana/provisioning/dashboards/rollguard.yaml", "utf8"));
    const dashboard = inContainer("grafana", "./grafana/dashboards/genesis.json");
    expect(dashboard).toBe(`${providers[0].options.path}/genesis.json`);
    const { datasources } = parse(readFileSync("grafana/provisioning/datasources/prometheus.yaml", "utf8"));
    const { hostname } = new URL(datasources[0].url);
    expect(service("grafana").networks).toEqual(service(hostname).networks);
    expect(service("grafana").environment).toHaveProperty("GF_SECURITY_ADMIN_PASSWORD__FILE");
  });

  test("nobody but Rollguard reaches Redis, and Redis reaches nobody", () => {
    const inside = services.filter(([, { networks }]) => networks.includes("state")).map(([name]) => name);
    expect(inside.sort()).toEqual(["redis", "rollguard"]);
    expect(compose.networks.state?.internal).toBe(true);
    expect(service("redis").networks).toEqual(["state"]);
    expect(service("redis").ports).toBeUndefined();
    expect(service("rollguard").environment?.ROLLGUARD_REDIS_URL).toBe("redis://redis:6379");
    expect(service("redis").command?.join(" ")).toContain("--appendonly yes");
  });

  test("the published ports are the ones that people know", () => {
    const published = services.flatMap(([name, { ports = [] }]) => ports.map((port) => [name, port]));
    expect(Object.fromEntries(published)).toEqual({
      rollguard: "127.0.0.1:9095:9095",
      prometheus: "127.0.0.1:9090:9090",
      alertmanager: "127.0.0.1:9093:9093",
      grafana: "127.0.0.1:3000:3000",
    });
  });
});

describe("the image", () => {
  test("runs as a user by number, and not as root", () => {
    expect(finalStage).toMatch(/^USER 1000:1000$/m);
  });

  test("holds production packages only, and neither a compiler nor an installer", () => {
    expect(stages).toHaveLength(3);
    expect(stages[1]).toContain("npm ci --omit=dev --ignore-scripts");
    expect(finalStage).toContain("COPY --from=dependencies /build/node_modules ./node_modules");
    expect(finalStage).not.toMatch(/npm (ci|install|run)|apt-get/);
    expect(finalStage).toContain("/usr/local/lib/node_modules");
  });

  test("says whether it is healthy, as compose asks it", () => {
    const check = service("rollguard").healthcheck?.test.slice(1);
    expect(finalStage).toContain(
      `CMD ${JSON.stringify(check).replaceAll(",", ", ").replaceAll(",  ", ", ")}`,
    );
  });

  test("is built from what .dockerignore lets through, and no secret is among it", () => {
    const lines = readFileSync(".dockerignore", "utf8")
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"));
    expect(lines[0]).toBe("*");
    const allowed = lines.slice(1).map((line) => line.replace(/^!/, ""));
    expect(lines.slice(1)).toEqual(allowed.map((name) => `!${name}`));
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, files = ""]) =>
      files.split(" "),
    );
    expect([...new Set(copied)].sort()).toEqual(allowed.sort());
  });
});
