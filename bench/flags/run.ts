import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { cpus, type } from "node:os";
import { parseArgs } from "node:util";
import { median, shuffled } from "../statistics.ts";
import type { Order, Result } from "./contender.ts";
import { type FlagScenario, SCENARIOS } from "./scenarios.ts";

const HELP = `usage: npm run bench:flags -- [options]

  --rounds <n>   counted rounds (7)
  --time <ms>    of each round (400)
  --quick        two short rounds: to see that it works, not to quote`;

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string" },
    time: { type: "string" },
    quick: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

/** Rollguard first: the others are told as its share. */
const CONTENDERS = ["rollguard", "flagd-core", "unleash-client", "growthbook"];
/** 4,096 users are not exactly as many as a percentage says. */
const TOLERANCE = 0.02;
/** What Rollguard promises for one core. */
const TARGET = 5e6;

const rounds = Number(options.rounds ?? (options.quick ? 2 : 7));
const time = Number(options.time ?? (options.quick ? 100 : 400));
const say = (line: string): void => void process.stdout.write(`${line}\n`);

if (options.help) say(HELP);
else if (!(Number.isInteger(rounds) && rounds > 0 && time > 0))
  throw new Error("--rounds and --time are numbers from 1");
else await bench();

async function bench(): Promise<void> {
  const processes = await Promise.all(CONTENDERS.map(start));
  try {
    say(
      `${type()}, ${cpus().length} cores, ${cpus()[0]?.model ?? "unknown CPU"}; Node ${process.versions.node}`,
    );
    say(`${versions()}; ${rounds} rounds of ${time} ms each, in an order of chance, medians`);
    let isMet = true;
    for (const scenario of SCENARIOS) isMet = (await measure(scenario, processes)) && isMet;
    say("");
    say(isMet ? "Rollguard is above 5 million a second, and ahead, everywhere" : "a target is missed");
    if (!isMet) process.exitCode = 1;
  } finally {
    for (const each of processes) each.kill();
  }
}

async function start(name: string): Promise<ChildProcess> {
  const child = fork(new URL("./contender.ts", import.meta.url), [name]);
  await once(child, "message");
  return child;
}

/** @returns whether every target is met */
async function measure(scenario: FlagScenario, processes: readonly ChildProcess[]): Promise<boolean> {
  const figures = CONTENDERS.map((): number[] => []);
  // The first round warms up.
  for (let round = 0; round <= rounds; round++) {
    for (const [index, child] of shuffled([...processes.entries()])) {
      const { perSecond, on } = await order(child, { scenario, time });
      if (Math.abs(on - scenario.expected) > TOLERANCE)
        throw new Error(`${CONTENDERS[index]} has "${scenario.name}" on for ${on}, not ${scenario.expected}`);
      if (round > 0) figures[index]?.push(perSecond);
    }
  }
  const medians = figures.map(median);
  const [own = Number.NaN, ...others] = medians;
  say("");
  say(`${scenario.name}: million evaluations a second`);
  for (const [index, value] of medians.entries()) {
    const each = figures[index] ?? [];
    const ratio = index === 0 ? "" : `Rollguard is ${(own / value).toFixed(1)} times as fast`;
    const range = `${millions(Math.min(...each))} to ${millions(Math.max(...each))}`;
    say(
      `  ${(CONTENDERS[index] ?? "").padEnd(16)}${millions(value).padStart(7)}  (${range})  ${ratio}`.trimEnd(),
    );
  }
  return own >= TARGET && others.every((other) => own > other);
}

async function order(child: ChildProcess, what: Order): Promise<Result> {
  child.send(what);
  const [result] = (await once(child, "message")) as [Result];
  return result;
}

function versions(): string {
  const text = readFileSync(new URL("./package.json", import.meta.url), "utf8");
  const { devDependencies } = JSON.parse(text) as { devDependencies: Record<string, string> };
  return CONTENDERS.slice(1)
    .map((name) => Object.entries(devDependencies).find(([key]) => key.endsWith(name)))
    .map((found) => (found ?? []).join(" "))
    .join(", ");
}

function millions(value: number): string {
  return (value / 1e6).toFixed(2);
}
