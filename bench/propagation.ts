import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { stringify } from "yaml";
import {
  answering,
  freePort,
  type RunningProcess,
  saying,
  startProcess,
  temporaryDirectory,
} from "../test/support/process.ts";
import { startRedis } from "../test/support/redis-server.ts";
import { buildRollguard, ROLLGUARD } from "../test/support/rollguard-server.ts";
import { Stopper } from "../test/support/stopper.ts";
import { until } from "../test/support/until.ts";
import { alertBody, webhookBody } from "../test/support/webhook-bodies.ts";
import { quantile } from "./statistics.ts";
import { cpuTimeOf, memoryOf } from "./usage.ts";

/**
 * How long it takes from a webhook until every client has the new value: so many clients listen to two responders on one
 * Redis, half of them to each, fetch all flags when they are told to, and see the flag of the alert false. Redis, the
 * responders and the clients share the machine.
 */

const HELP = `usage: npm run bench:propagation -- [options]

  --clients <list>   how many, e.g. 100,2000 (the default)
  --sdk <n>          how many of them have OpenFeature's SDK for browsers; they are counted by themselves, since its OFREP
                     provider waits for 50 ms before it asks (5)
  --rounds <n>       counted rounds (5)
  --idle <n>         seconds for which they only listen, to see what that costs (15)
  --profile <path>   each responder writes its CPU profile into this directory; figures suffer`;

/** Milliseconds: what is aimed at, for the 99th percentile. */
const TARGETS = new Map([
  [100, 50],
  [2_000, 250],
]);
const OTHER_FLAGS = 24;

const { values: options } = parseArgs({
  options: {
    clients: { type: "string", default: "100,2000" },
    sdk: { type: "string", default: "5" },
    rounds: { type: "string", default: "5" },
    idle: { type: "string", default: "15" },
    profile: { type: "string" },
    help: { type: "boolean", default: false },
  },
});

if (options.help) console.log(HELP);
else {
  console.log(
    "clients  ms: first  p50    p99    max  OpenFeature's: p50  p99  max  target  idle CPU, each responder  its CPU ms per client told  its memory MB",
  );
  for (const count of options.clients.split(",").map(Number)) await measure(count, Number(options.rounds));
}

async function measure(clients: number, rounds: number): Promise<void> {
  const running = new Stopper();
  try {
    const directory = await temporaryDirectory("bench-propagation");
    running.add(directory.remove);
    const rules = join(directory.path, "rules");
    mkdirSync(rules);
    writeFileSync(join(rules, "shop.yaml"), policyOf(rounds + 1));
    const redis = await running.start(startRedis());
    await buildRollguard();
    const responders = [
      await startResponder(running, { rules, redisUrl: redis.url, cwd: directory.path }),
      await startResponder(running, { rules, redisUrl: redis.url, cwd: directory.path }),
    ];
    const RESPONDERS = responders.map(({ url }) => url).join();
    const sdk = Math.min(Number(options.sdk), clients);
    const others = { RESPONDERS, CLIENTS: String(clients - sdk) };
    const crowd = await startCrowd(running, "flag-clients", others);
    const real = { RESPONDERS, CLIENTS: String(sdk), ROUNDS: String(rounds + 1) };
    const pages = sdk === 0 ? null : await startCrowd(running, "sdk-clients", real);

    const idle = Number(options.idle);
    const cpu = (): Promise<number[]> =>
      Promise.all(responders.map(async ({ child }) => (await cpuTimeOf(child.pid)) ?? Number.NaN));
    const before = await cpu();
    await delay(idle * 1_000);
    const shares = (await cpu()).map((used, index) => (used - (before[index] ?? 0)) / idle / 10);

    const times: number[] = [];
    const theirs: number[] = [];
    const loaded = await cpu();
    // The first one warms everything up.
    for (let round = 0; round <= rounds; round += 1) {
      const begun = process.hrtime.bigint();
      await post(responders[round % 2]?.url ?? "", `Broken${round}`);
      const since = (seen: string[]): number[] => seen.map((at) => Number(BigInt(at) - begun) / 1e6);
      const [raw, inPages] = await Promise.all([
        seenIn(crowd, round).then(since),
        pages === null ? [] : seenIn(pages, round).then(since),
      ]);
      if (round > 0) times.push(...raw);
      if (round > 0) theirs.push(...inPages);
      await delay(1_000);
    }
    const each = (await cpu()).map(
      (used, index) => (used - (loaded[index] ?? 0)) / ((rounds + 1) * (clients / 2)),
    );
    const memory = await Promise.all(responders.map(({ child }) => memoryOf(child.pid)));
    report(
      clients,
      times,
      theirs,
      shares,
      each,
      memory.map((one) => one?.resident ?? Number.NaN),
    );
  } finally {
    await running.stop();
  }
}

function report(
  clients: number,
  times: number[],
  theirs: number[],
  shares: number[],
  each: number[],
  memory: number[],
): void {
  times.sort((a, b) => a - b);
  theirs.sort((a, b) => a - b);
  const target = TARGETS.get(clients);
  const p99 = quantile(times, 0.99);
  const verdict = target === undefined ? "" : p99 < target ? `< ${target} met` : `< ${target} MISSED`;
  const number = (value: number): string => value.toFixed(1).padStart(6);
  console.log(
    [
      String(clients).padStart(7),
      `  ${number(quantile(times, 0))}`,
      number(quantile(times, 0.5)),
      number(p99),
      number(quantile(times, 1)),
      ...[0.5, 0.99, 1].map((share) => (theirs.length === 0 ? "-" : number(quantile(theirs, share)))),
      ` ${verdict}`,
      shares.map((share) => `${share.toFixed(1)} %`).join(", "),
      each.map((milliseconds) => milliseconds.toFixed(2)).join(", "),
      memory.map((megabytes) => megabytes.toFixed(0)).join(", "),
    ].join(" "),
  );
}

async function startCrowd(
  running: Stopper,
  name: "flag-clients" | "sdk-clients",
  env: Record<string, string>,
): Promise<RunningProcess> {
  const crowd = await startProcess({
    name,
    command: process.execPath,
    args: [...process.execArgv, fileURLToPath(new URL(`./servers/${name}.ts`, import.meta.url))],
    cwd: fileURLToPath(new URL("..", import.meta.url)),
    env,
  });
  running.add(crowd.stop);
  await saying(crowd, /listening/);
  return crowd;
}

/** When each client had the value, in nanoseconds of the machine's clock. */
async function seenIn(crowd: RunningProcess, round: number): Promise<string[]> {
  const line = await until(
    `every client to see flag ${round} off`,
    () => new RegExp(`^round ${round}: (.*)$`, "m").exec(crowd.output())?.[1],
    (found) => found !== undefined,
    { within: 5000, onFailure: () => crowd.output().slice(0, 300) },
  );
  return (line ?? "").split(",");
}

async function post(url: string, alertname: string): Promise<void> {
  const body = JSON.stringify(webhookBody([alertBody(alertname, { labels: { application: "shop" } })]));
  const reply = await fetch(`${url}/api/v1/alerts`, { method: "POST", body });
  const text = await reply.text();
  if (reply.status !== 200 || !/"reason":"(rolled_back|escalated)"/.test(text)) throw new Error(text);
}

/** A flag and an alert for each round, and as many others as an application has. */
function policyOf(rounds: number): string {
  const numbers = Array.from({ length: rounds }, (_, index) => index);
  const others = Array.from({ length: OTHER_FLAGS }, (_, index) => [
    `other_${index}`,
    { phase: 1, enabled: true },
  ]);
  return stringify({
    application: { name: "shop", trafficFlag: "traffic" },
    flags: {
      traffic: { phase: 1, enabled: true, rolloutPercentage: 50 },
      ...Object.fromEntries(others),
      ...Object.fromEntries(numbers.map((round) => [`flag_${round}`, { phase: 2, enabled: true }])),
    },
    alerts: numbers.map((round) => ({
      alert: `Broken${round}`,
      expr: `broken_${round} > 0`,
      for: "1m",
      rollback: "flag",
      flags: [`flag_${round}`],
      labels: { severity: "critical" },
      annotations: { summary: "Broken", description: "It is", runbook_url: "https://example.org" },
    })),
  });
}

interface Responder {
  readonly url: string;
  readonly child: RunningProcess;
}

async function startResponder(
  running: Stopper,
  { rules, redisUrl, cwd }: { rules: string; redisUrl: string; cwd: string },
): Promise<Responder> {
  const { profile } = options;
  const address = `127.0.0.1:${await freePort()}`;
  const profiling = profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${resolve(profile)}`];
  const child = await startProcess({
    name: "rollguard",
    command: process.execPath,
    args: [...profiling, ROLLGUARD, "serve"],
    cwd,
    env: {
      ROLLGUARD_LISTEN: address,
      ROLLGUARD_POLICY: rules,
      ROLLGUARD_REDIS_URL: redisUrl,
      ROLLGUARD_STREAM_SECRET: "the same secret for both of the responders",
      LOG_LEVEL: "warn",
    },
  });
  running.add(child.stop);
  await answering(child, `http://${address}/-/ready`);
  return { url: `http://${address}`, child };
}
