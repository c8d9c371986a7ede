import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { stringify } from "yaml";
import { createRedisStore } from "../src/adapters/store/redis/redis-store.ts";
import { Lanes } from "../src/app/lanes.ts";
import { Policies } from "../src/app/policies.ts";
import { loadPolicies } from "../src/config/policy-files.ts";
import { resolveDeploy } from "../src/domain/deploy-plan.ts";
import {
  answering,
  freePort,
  type RunningProcess,
  startProcess,
  temporaryDirectory,
} from "../test/support/process.ts";
import { startRedis } from "../test/support/redis-server.ts";
import { buildRollguard, ROLLGUARD } from "../test/support/rollguard-server.ts";
import { Stopper } from "../test/support/stopper.ts";
import { quantile } from "./statistics.ts";
import { cpuTimeOf } from "./usage.ts";

/**
 * What it costs to move rollouts, and how late promotions come: so many applications, all in the middle of a rollout, on
 * one Redis and two responders. Each stage bakes 120 s and is looked at every 30 s, at five metrics of a server that
 * answers at once. Redis, the responders and that server share the machine.
 * Run it with `node --import ./test/support/typescript-hook.mjs bench/rollouts.ts`.
 */

const HELP = `usage: node --import ./test/support/typescript-hook.mjs bench/rollouts.ts [options]

  --applications <list>   how many, e.g. 1,10,100,1000 (the default)
  --seconds <n>           how long each is watched; at least a stage of 120 s (150)
  --profile <path>        each responder writes its CPU profile into this directory; figures suffer`;

const BAKE = 120_000;
const CHECK_EVERY = 30_000;
const METRICS = ["error_rate", "p95_latency", "test_pass_rate", "uptime"];
/** Share of one core, and seconds: what issue C allows. */
const BUDGET = { cpu: 0.05, late: 2 };

const { values: options } = parseArgs({
  options: {
    applications: { type: "string", default: "1,10,100,1000" },
    seconds: { type: "string", default: "150" },
    profile: { type: "string" },
    help: { type: "boolean", default: false },
  },
});

if (options.help) console.log(HELP);
else {
  console.log("applications  checks/s  CPU of one core, each responder  promotions  late ms p50  p99  max");
  for (const count of options.applications.split(",").map(Number))
    await measure(count, Number(options.seconds));
}

async function measure(applications: number, seconds: number): Promise<void> {
  const running = new Stopper();
  try {
    const directory = await temporaryDirectory("bench-rollouts");
    running.add(directory.remove);
    const rules = join(directory.path, "rules");
    mkdirSync(rules);
    const names = Array.from({ length: applications }, (_, index) => `app-${index}`);
    for (const name of names) writeFileSync(join(rules, `${name}.yaml`), policyOf(name));
    const redis = await running.start(startRedis());
    const source = await running.start(startSource());
    await buildRollguard();
    const responders: RunningProcess[] = [];
    for (let index = 0; index < 2; index += 1) {
      responders.push(
        await startResponder(running, {
          rules,
          redisUrl: redis.url,
          source: source.url,
          cwd: directory.path,
        }),
      );
    }
    const store = createRedisStore({
      url: redis.url,
      observer: { lockWaited() {}, transacted() {}, conflicted() {} },
    });
    running.add(() => store.close());
    const policies = new Policies(loadPolicies(rules).policies);
    const lanes = new Lanes({ store, policies });
    await deployAll(names, policies, lanes);
    source.reset();
    const cpuOf = (): Promise<number[]> =>
      Promise.all(responders.map(async ({ pid }) => ((await cpuTimeOf(pid)) ?? Number.NaN) / 1_000));
    const before = await cpuOf();
    const begun = performance.now();
    await delay(seconds * 1_000);
    const elapsed = (performance.now() - begun) / 1_000;
    const cpu = (await cpuOf()).map((used, index) => (used - (before[index] ?? 0)) / elapsed);
    const checks = source.asked() / METRICS.length / elapsed;
    const late: number[] = [];
    for (const name of names) {
      const events = await store.events(name, { limit: 10 });
      for (const [index, { at }] of events.entries()) {
        const previous = events[index - 1];
        if (previous !== undefined) late.push(at - previous.at - BAKE);
      }
    }
    late.sort((a, b) => a - b);
    const at = (share: number): number => quantile(late, share);
    const met = Math.max(...cpu) < BUDGET.cpu && at(1) < BUDGET.late * 1_000;
    console.log(
      [
        String(applications).padStart(12),
        checks.toFixed(1).padStart(8),
        cpu
          .map((share) => `${(share * 100).toFixed(1)} %`)
          .join("  ")
          .padStart(31),
        String(late.length).padStart(10),
        at(0.5).toFixed(0).padStart(11),
        at(0.99).toFixed(0).padStart(4),
        at(1).toFixed(0).padStart(4),
        met ? "met" : "missed",
      ].join("  "),
    );
  } finally {
    await running.stop();
  }
}

/** Spread over one check interval, as rollouts that people start are. */
async function deployAll(names: readonly string[], policies: Policies, lanes: Lanes): Promise<void> {
  const pause = CHECK_EVERY / names.length;
  for (const name of names) {
    const policy = policies.get(name);
    if (policy === undefined) throw new Error(`no policy for ${name}`);
    const request = {
      plan: "bench",
      steps: null,
      wait: null,
      targetPercentage: null,
      errorThreshold: null,
      latencyThreshold: null,
    };
    const resolved = resolveDeploy(request, policy);
    if ("problems" in resolved) throw new Error(resolved.problems.join("; "));
    const [decided] = await lanes.submit(name, [
      { type: "deploy", actor: "bench", reason: null, expected: null, acknowledge: false, ...resolved },
      { type: "watchdog", at: Date.now() },
    ]);
    if (decided?.decision.reason !== "promoted") throw new Error(`not deployed: ${decided?.decision.detail}`);
    await delay(pause);
  }
}

function policyOf(name: string): string {
  const stages = [10, 25, 50, 75, 100].map((traffic) => ({
    traffic,
    bake: `${BAKE / 1_000}s`,
    checkEvery: `${CHECK_EVERY / 1_000}s`,
  }));
  return stringify({
    application: { name, trafficFlag: "traffic" },
    flags: { traffic: { phase: 1, enabled: false }, stop: { kind: "kill-switch" } },
    metrics: METRICS.map((record) => ({ record, expr: `rate(${record}_total[1m])`, unit: "count" })),
    alerts: [
      {
        alert: "ErrorRateSpike",
        expr: "error_rate > 100",
        for: "1m",
        rollback: "safe-state",
        labels: { severity: "critical" },
        annotations: {
          summary: "Too many errors",
          description: "{{ $value }}",
          runbook_url: "https://example.org",
        },
      },
    ],
    plans: { bench: { stages } },
    rollout: { watchdogTimeout: "1h" },
    gates: {
      standard: {
        criteria: {
          ...Object.fromEntries(METRICS.map((metric) => [metric, { green: "< 10", red: "> 100" }])),
          critical_alerts: { source: "alertmanager", green: "== 0", red: ">= 3" },
        },
      },
    },
  });
}

/** Prometheus and Alertmanager, as fast as they can be: what is measured is Rollguard. */
async function startSource(): Promise<{
  url: string;
  asked(): number;
  reset(): void;
  stop(): Promise<void>;
}> {
  let asked = 0;
  const one = JSON.stringify({
    status: "success",
    data: { resultType: "vector", result: [{ metric: {}, value: [0, "1"] }] },
  });
  const server = createServer((request, response) => {
    const isQuery = request.url?.startsWith("/api/v1/query") === true;
    if (isQuery) asked += 1;
    request.resume();
    response.setHeader("Content-Type", "application/json");
    response.end(isQuery ? one : "[]");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: () => asked,
    reset: () => {
      asked = 0;
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

interface ResponderOptions {
  readonly rules: string;
  readonly redisUrl: string;
  readonly source: string;
  readonly cwd: string;
}

async function startResponder(
  running: Stopper,
  { rules, redisUrl, source, cwd }: ResponderOptions,
): Promise<RunningProcess> {
  const address = `127.0.0.1:${await freePort()}`;
  const child = await startProcess({
    name: "rollguard",
    command: process.execPath,
    args: [
      ...(options.profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${options.profile}`]),
      ROLLGUARD,
      "serve",
    ],
    cwd,
    env: {
      ROLLGUARD_LISTEN: address,
      ROLLGUARD_POLICY: rules,
      ROLLGUARD_REDIS_URL: redisUrl,
      ROLLGUARD_PROMETHEUS_URL: source,
      ROLLGUARD_ALERTMANAGER_URL: source,
      LOG_LEVEL: "warn",
    },
  });
  running.add(child.stop);
  await answering(child, `http://${address}/-/ready`, 60_000);
  return child;
}
