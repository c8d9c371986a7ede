import type { Contender } from "./contenders.ts";
import { type Measurement, measure } from "./load.ts";
import { endRollback, post, progressOf, WEBHOOK } from "./rollguard-client.ts";
import type { Scenario } from "./scenarios.ts";
import { cpuTimeOf } from "./usage.ts";

export interface Round extends Measurement {
  /** Microseconds of the server's CPU for one request, Redis' own not included; NaN outside Linux. */
  readonly cpu: number;
}

/**
 * Measures one server once, and checks that it did what it was asked.
 * @throws Error with what the server wrote
 */
export async function runOnce(contender: Contender, scenario: Scenario): Promise<Round> {
  try {
    const url = `${contender.url}${WEBHOOK}`;
    return contender.rollguard
      ? await measureRollguard(contender, scenario, url)
      : await measureServer(contender, scenario, url);
  } catch (error) {
    throw new Error(`${scenario.name}, ${contender.name}\n${await contender.report()}`, { cause: error });
  }
}

async function measureRollguard(contender: Contender, scenario: Scenario, url: string): Promise<Round> {
  const start = await progressOf(contender);
  expect(start.open, false, "an open rollback before the round");
  await post(contender, scenario.before);
  const before = await progressOf(contender);
  const round = await measureServer(contender, scenario, url);
  const after = await progressOf(contender);
  expect(after.revision - before.revision, scenario.growth, "growth of the revision");
  await post(contender, scenario.after);
  await endRollback(contender);
  const end = await progressOf(contender);
  expect(end.open, false, "an open rollback after the round");
  return round;
}

async function measureServer({ pid }: Contender, scenario: Scenario, url: string): Promise<Round> {
  const before = await cpuTimeOf(pid);
  const measurement = await measure(url, scenario);
  const after = await cpuTimeOf(pid);
  const spent = before === null || after === null ? Number.NaN : after - before;
  return { ...measurement, cpu: (spent * 1_000) / scenario.amount };
}

function expect<T>(actual: T, wanted: T, what: string): void {
  if (actual !== wanted) throw new Error(`${what}: ${actual} instead of ${wanted}`);
}
