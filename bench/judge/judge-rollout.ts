import type { Judge } from "./judging.ts";
import { bakeOf } from "./plans.ts";
import type { Trigger } from "./triggers.ts";
import { BLOCK, TICKS_A_BLOCK, type World } from "./world.ts";

/** What became of a rollout in the hands of one judge. Seconds since the rollout's start. */
export interface Outcome {
  /** `held`: neither within one and a half times its plan. */
  readonly end: "completed" | "rolled back" | "held";
  readonly time: number;
  /** When the fault began, on this judge's way through the stages; null: it had not when the rollout ended. */
  readonly faultAt: number | null;
}

/** How much longer than its plan a rollout may take. */
const PATIENCE = 1.5;
/** Blocks before the rollout that its triggers have seen. */
const WARM = 10;

/** @param triggers see every scrape on the way; what they would do is not done */
export function judgeRollout(world: World, judge: Judge, triggers: readonly Trigger[] = []): Outcome {
  const { plan, fault } = world.rollout;
  let last = PATIENCE * bakeOf(plan);
  for (const trigger of triggers) warm(trigger, world);
  let time = 0;
  let faultAt: number | null = null;
  for (const [index, { bake }] of plan.entries()) {
    const stage = judge.start(world, index);
    if (fault !== null && index === fault.stage) {
      faultAt = time + fault.from;
      // However late it is met: it has the time to be found that its label counts on.
      last = Math.max(last, time + bakeOf(plan.slice(index)));
    }
    const reached = (): number | null => (faultAt !== null && time >= faultAt ? faultAt : null);
    for (let block = 0; ; block++) {
      const verdict = stage.after(block, (block + 1) * BLOCK >= bake);
      for (const trigger of triggers) feed(trigger, world, index, block);
      time += BLOCK;
      if (verdict === "red") return { end: "rolled back", time, faultAt: reached() };
      if (time >= last) return { end: "held", time, faultAt: reached() };
      if (verdict === "green" && (block + 1) * BLOCK >= bake) break;
    }
  }
  return { end: "completed", time, faultAt };
}

function feed(trigger: Trigger, world: World, stage: number, block: number): void {
  const stream = world.stage(stage);
  for (let tick = block * TICKS_A_BLOCK; tick < (block + 1) * TICKS_A_BLOCK; tick++) {
    const { total, bad } = stream.ticks(tick, tick + 1);
    trigger.scrape(total, bad);
  }
}

function warm(trigger: Trigger, world: World): void {
  for (const { total, bad } of world.before(0).slice(-WARM))
    for (let tick = 0; tick < TICKS_A_BLOCK; tick++)
      trigger.scrape(total / TICKS_A_BLOCK, bad / TICKS_A_BLOCK);
  trigger.begin();
}

/** A trigger rolls back when it fires, if the gate has not ended the rollout before. */
export function withTrigger(outcome: Outcome, firedAt: number): Outcome {
  if (firedAt < 0 || firedAt >= outcome.time) return outcome;
  const { faultAt } = outcome;
  return {
    end: "rolled back",
    time: firedAt,
    faultAt: faultAt !== null && faultAt <= firedAt ? faultAt : null,
  };
}
