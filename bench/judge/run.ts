// The judges' corpus: today's judge, the one of before, and those of others over the same generated rollouts.
//   npm run bench:judge            about ten minutes on two cores
//   npm run bench:judge -- --help
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { CASES, playCase } from "./cases.ts";
import { corpusOf } from "./corpus.ts";
import type { Judged } from "./figures.ts";
import { askGrowthBook } from "./gbstats.ts";
import { judgeRollout, type Outcome, withTrigger } from "./judge-rollout.ts";
import { type GrowthBookCase, growthBook } from "./judges/growthbook.ts";
import { mannWhitney } from "./judges/mann-whitney.ts";
import { rollguard } from "./judges/ours.ts";
import { statsig } from "./judges/statsig.ts";
import { threshold } from "./judges/threshold.ts";
import type { Judge } from "./judging.ts";
import { RED } from "./labels.ts";
import { CLASSES, type Rollout, type RolloutClass, TRAFFICS } from "./rollout.ts";
import { tablesOf } from "./table.ts";
import { type Measured, TOGETHER, TOGETHER_1M, targetsOf } from "./targets.ts";
import { HOLDS, LIMITS, playDays, TRIGGER_TRAFFICS } from "./trigger-days.ts";
import { Trigger } from "./triggers.ts";
import { episodes, play } from "./verification.ts";
import { World } from "./world.ts";

const HELP = `usage: npm run bench:judge -- [options]

  --rollouts <n>  in all, spread over classes and traffics (1632)
  --seed <n>      of all that is drawn (1)
  --only <class>  one class of rollouts, and nothing but the corpus
  --runs <n>      of each named fault (300)
  --days <n>      service-days of each trigger (500)
  --episodes <n>  of each verification (1000)
  --json <file>   every figure, for machines
  --ours          without the other judges: to see what a change of ours does

The exit code is 1 when a target of docs/judging.md is missed; the report names it.`;

const { values: options } = parseArgs({
  options: {
    rollouts: { type: "string", default: "1632" },
    seed: { type: "string", default: "1" },
    only: { type: "string" },
    runs: { type: "string", default: "300" },
    days: { type: "string", default: "500" },
    episodes: { type: "string", default: "1000" },
    json: { type: "string" },
    ours: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const progress = (line: string): void => void process.stderr.write(`${line}\n`);

if (options.help) say(HELP);
else await bench();

async function bench(): Promise<void> {
  const begin = performance.now();
  const seed = numberOf("seed");
  const classes = options.only === undefined ? CLASSES : [classNamed(options.only)];
  const decisive: GrowthBookCase[] = [];
  const others = options.ours ? [] : [mannWhitney, statsig, growthBook((tested) => decisive.push(tested))];
  const judged = judgeCorpus([threshold, ...others], classes, seed);
  const isWhole = options.only === undefined;
  const measured: Measured = {
    judged,
    cases: isWhole
      ? CASES.map((one) => playCase(one, [rollguard, ...others.slice(1)], numberOf("runs"), seed))
      : [],
    triggers: isWhole ? triggersOf(seed) : [],
    episodes: isWhole ? episodes().map((episode) => play(episode, numberOf("episodes"), seed)) : [],
  };
  const library = options.ours ? "gbstats 0.8.0 was not asked" : await askGrowthBook(decisive);
  const targets = targetsOf(measured);
  const missed = targets.filter(({ met }) => !met);
  say(
    `Commit ${commit()}, Node ${process.versions.node}, seed ${seed}, ${judged.length} rollouts; ${library}.\n`,
  );
  say(tablesOf(measured));
  say("\n### Targets\n");
  for (const { name, found, met } of targets) say(`${met ? "met    " : "NOT MET"}  ${name}: ${found}`);
  say(
    `\n${missed.length === 0 ? "All targets are met" : `${missed.length} targets are missed`}; ${((performance.now() - begin) / 1_000).toFixed(0)} s.`,
  );
  if (options.json !== undefined) writeFileSync(options.json, json(measured, targets));
  process.exitCode = missed.length === 0 ? 0 : 1;
}

function judgeCorpus(others: readonly Judge[], classes: readonly RolloutClass[], seed: number): Judged[] {
  const perCell = Math.max(1, Math.ceil(numberOf("rollouts") / (TRAFFICS.length * classes.length)));
  const judged: Judged[] = [];
  for (const rollout of corpusOf(perCell, seed, classes)) {
    judged.push({ rollout, outcomes: outcomesOf(rollout, others) });
    if (judged.length % 100 === 0) progress(`${judged.length} rollouts`);
  }
  return judged;
}

function outcomesOf(rollout: Rollout, others: readonly Judge[]): Map<string, Outcome> {
  const world = new World(rollout);
  const trigger = new Trigger(RED, HOLDS);
  const gates = judgeRollout(world, rollguard, [trigger]);
  const [minute, twoMinutes] = trigger.firstFiring;
  return new Map([
    [rollguard.name, gates],
    [TOGETHER, withTrigger(gates, twoMinutes ?? -1)],
    [TOGETHER_1M, withTrigger(gates, minute ?? -1)],
    ...others.map((judge): [string, Outcome] => [judge.name, judgeRollout(world, judge)]),
  ]);
}

function triggersOf(seed: number): Measured["triggers"] {
  const days = numberOf("days");
  const generated = LIMITS.flatMap((limit) =>
    TRIGGER_TRAFFICS.map((traffic) => {
      progress(`triggers: ${limit * 100} %, ${traffic}/min`);
      return playDays("score", limit, traffic, days, seed);
    }),
  );
  const before = TRIGGER_TRAFFICS.map((traffic) =>
    playDays("ratio", RED, traffic, Math.ceil(days / 25), seed),
  );
  return [...generated, ...before];
}

function json({ judged, cases, triggers, episodes: played }: Measured, targets: unknown): string {
  const rollouts = judged.map(({ rollout, outcomes }) => ({
    ...rollout,
    plan: rollout.plan.length,
    users: undefined,
    blips: undefined,
    outcomes: Object.fromEntries(outcomes),
  }));
  return `${JSON.stringify({ commit: commit(), options, targets, cases, triggers, episodes: played, rollouts })}\n`;
}

function numberOf(name: "rollouts" | "seed" | "runs" | "days" | "episodes"): number {
  const value = Number(options[name]);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} is a number from 1`);
  return value;
}

function classNamed(name: string): RolloutClass {
  const found = CLASSES.find((known) => known === name);
  if (found === undefined) throw new Error(`--only is one of: ${CLASSES.join(", ")}`);
  return found;
}

function commit(): string {
  try {
    const args = ["--no-optional-locks", "describe", "--always", "--dirty"];
    return execFileSync("git", args, { stdio: ["ignore", "pipe", "ignore"] })
      .toString()
      .trim();
  } catch {
    return "unknown";
  }
}
