import { type Evaluator, type FlagScenario, USERS } from "./scenarios.ts";

/** A process of its own for each, so that nobody's code is compiled for somebody else's. */

export interface Order {
  readonly scenario: FlagScenario;
  /** Milliseconds. */
  readonly time: number;
}

export interface Result {
  readonly perSecond: number;
  /** Share of evaluations that were on. */
  readonly on: number;
}

const CONTENDERS: Readonly<Record<string, () => Promise<Evaluator>>> = {
  rollguard: async () => (await import("./contenders/rollguard.ts")).rollguard(),
  "flagd-core": async () => (await import("./contenders/flagd-core.ts")).flagdCore(),
  "unleash-client": async () => (await import("./contenders/unleash.ts")).unleash(),
  growthbook: async () => (await import("./contenders/growthbook.ts")).growthbook(),
};

/** Evaluations between two looks at the clock. */
const BATCH = 4_096;

const load = CONTENDERS[process.argv[2] ?? ""];
if (load === undefined) throw new Error(`no contender "${process.argv[2]}"`);
const evaluate = await load();

process.on("message", ({ scenario, time }: Order) => {
  const start = performance.now();
  const end = start + time;
  let asked = 0;
  let on = 0;
  while (performance.now() < end) {
    for (const user of USERS) if (evaluate(scenario.key, user)) on++;
    asked += BATCH;
  }
  const result: Result = { perSecond: (asked / (performance.now() - start)) * 1_000, on: on / asked };
  process.send?.(result);
});
process.send?.("ready");
