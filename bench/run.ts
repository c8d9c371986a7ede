import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { startRedis } from "../test/support/redis-server.ts";
import { Stopper } from "../test/support/stopper.ts";
import { type Contender, startPlain, startRollguard } from "./contenders.ts";
import { flushTime } from "./disk.ts";
import { memoryTable, type Series, setting, speedTable, targets } from "./report.ts";
import { type Round, runOnce } from "./round.ts";
import { type Scenario, scenarios } from "./scenarios.ts";
import { shuffled } from "./statistics.ts";
import { type Memory, memoryOf } from "./usage.ts";

const HELP = `usage: npm run bench -- [options]

  --quick            fewer and shorter rounds: to see that it works, not to quote
  --rounds <n>       counted rounds (7)
  --only <text>      only the scenarios whose name contains this
  --beside <path>    another checkout, built: measured in the same run
  --profile <path>   each Rollguard writes its CPU profile into this directory; figures suffer`;

const USUAL = "b  express + zod + one script";
/** Milliseconds until a process that nobody asks anything has calmed down. */
const CALM = 2_000;

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    rounds: { type: "string" },
    only: { type: "string", default: "" },
    beside: { type: "string" },
    profile: { type: "string" },
    help: { type: "boolean", default: false },
  },
});
const rounds = Number(options.rounds ?? (options.quick ? 2 : 7));
const running = new Stopper();
/** Milliseconds, one for each counted round. */
const flushes: number[] = [];

if (options.help) {
  console.log(HELP);
} else {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void running.stop().finally(() => process.exit(1)));
  }
  try {
    await bench();
  } catch (error) {
    console.error(error);
    process.exitCode = 1;
  } finally {
    await running.stop();
  }
}

async function bench(): Promise<void> {
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error("--rounds needs a whole number from 1");
  const chosen = scenarios(options.quick ? 0.2 : 1).filter(({ name }) => name.includes(options.only));
  if (chosen.length === 0) throw new Error(`no scenario's name contains "${options.only}"`);
  const redis = await running.start(startRedis());
  const contenders = await startAll(redis.url);
  const ours = contenders.filter(({ rollguard }) => rollguard);

  await delay(CALM);
  const idle = await memoriesOf(ours);
  const series = await measureAll(contenders, chosen);
  await delay(CALM);
  const loaded = await memoriesOf(ours);

  const memory = ours.map(({ name }, index) => ({
    contender: name,
    idle: idle[index] ?? null,
    loaded: loaded[index] ?? null,
  }));
  const info = String(await redis.call("INFO", "server"));
  const version = /redis_version:(\S+)/.exec(info)?.[1] ?? "unknown";
  const sizes = chosen.map(({ name, bodies }) => `${name} ${bodies[0]?.[0]?.length ?? 0} bytes`);
  console.log(
    [
      ...setting(version, flushes),
      `medians of ${rounds} rounds; bodies: ${sizes.join(", ")}; ratio: to ${USUAL}, round by round`,
      "",
      ...speedTable(series, USUAL),
      "",
      ...memoryTable(memory),
      "",
      ...targets(series, USUAL, memory),
    ].join("\n"),
  );
}

async function startAll(redisUrl: string): Promise<readonly Contender[]> {
  const { profile, beside: checkout } = options;
  const contenders = [
    await startPlain(running, { name: "a  bare express", file: "bare-express.ts" }),
    await startPlain(running, { name: USUAL, file: "usual-way.ts", env: { REDIS_URL: redisUrl } }),
    await startRollguard(running, { name: "c  Rollguard, embedded", profile }),
    await startRollguard(running, { name: "d  Rollguard on Redis", redisUrl, profile }),
  ];
  if (checkout === undefined) return contenders;
  return [
    ...contenders,
    await startRollguard(running, { name: "e  the other, embedded", checkout, profile }),
    // A database of its own: two Rollguards on one would share their state.
    await startRollguard(running, {
      name: "f  the other on Redis",
      checkout,
      redisUrl: `${redisUrl}/1`,
      profile,
    }),
  ];
}

/** Round robin: whatever else the machine does meets all servers alike. The first round only warms them up. */
async function measureAll(
  contenders: readonly Contender[],
  chosen: readonly Scenario[],
): Promise<readonly Series[]> {
  const found = new Map<string, Round[]>();
  for (let round = 0; round <= rounds; round++) {
    if (round > 0) flushes.push(await flushTime());
    for (const scenario of chosen) {
      const speeds: string[] = [];
      for (const contender of shuffled(contenders)) {
        const measurement = await runOnce(contender, scenario);
        speeds.push(`${contender.name.slice(0, 1)} ${Math.round(measurement.requestsPerSecond)}/s`);
        if (round > 0) push(found, keyOf(scenario, contender), measurement);
      }
      const which = round === 0 ? "warm-up" : `round ${round} of ${rounds}`;
      console.error(`${which}: ${scenario.name}: ${speeds.sort().join(", ")}`);
    }
  }
  return chosen.flatMap((scenario) =>
    contenders.map((contender) => ({
      scenario,
      contender: contender.name,
      rollguard: contender.rollguard,
      rounds: found.get(keyOf(scenario, contender)) ?? [],
    })),
  );
}

function keyOf(scenario: Scenario, contender: Contender): string {
  return `${scenario.name}, ${contender.name}`;
}

function push<T>(lists: Map<string, T[]>, key: string, value: T): void {
  lists.set(key, [...(lists.get(key) ?? []), value]);
}

function memoriesOf(contenders: readonly Contender[]): Promise<(Memory | null)[]> {
  return Promise.all(contenders.map(({ pid }) => memoryOf(pid)));
}
