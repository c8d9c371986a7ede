import type { CheckCommand, Command } from "../../src/domain/command.ts";
import type { Bound, Gate, GateCriterion } from "../../src/domain/gate.ts";
import type { Plan, Stage } from "../../src/domain/plan.ts";
import type { Policy } from "../../src/domain/policy.ts";
import { isActive } from "../../src/domain/rollout.ts";
import type { ApplicationState } from "../../src/domain/state.ts";
import type { Duration, Instant } from "../../src/domain/time.ts";

/** What must come of a check. `counted`: nothing but that it was noted. */
export type Outcome =
  | "ignored"
  | "counted"
  | "blind"
  | "still blind"
  | "seeing again"
  | "rolled back"
  | "held"
  | "to be approved"
  | "still to be approved"
  | "promoted"
  | "completed";

type Colour = "green" | "yellow" | "red";

const LATE: Duration = 5_000;
const MINUTE: Duration = 60_000;
const TOO_OLD: Duration = 10_000;

/**
 * A rollout's stage, written once more from domain.md and as simply as it goes: it keeps every value that it was ever
 * shown, and every second that was vouched for. The core must never know better.
 */
export class RolloutReference {
  #rollout: {
    readonly id: string;
    readonly plan: Plan;
    readonly thresholds: ReadonlyMap<string, number>;
  } | null = null;
  #stage = 0;
  #enteredAt: Instant = 0;
  #isPaused = false;
  #isBlind = false;
  #waitsForApproval = false;
  /** When all was there to be seen, since the bake began. */
  #lookedAt: Instant | null = null;
  #resumedAt: Instant = 0;
  #needed: Duration = 0;
  #every: Duration = 0;
  #nextSample: Instant = 0;
  #vouched: Duration = 0;
  #vouchedUntil: Instant | null = null;
  #values = new Map<string, number[]>();

  get vouched(): Duration | null {
    return this.#rollout === null ? null : this.#vouched;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  get isBlind(): boolean {
    return this.#isBlind;
  }

  /** Whether an operator's approval may go on now. */
  isReady(due: Instant | null, policy: Policy, now: Instant): boolean {
    const gate = this.#gate(policy);
    if (gate === undefined || this.#isPaused || this.#isBlind || !this.#waitsForApproval) return false;
    if (this.#lookedAt === null || this.#lookedAt < this.#resumedAt || due === null || now > due + LATE)
      return false;
    return this.#vouched >= this.#needed && this.#isEnough(gate) && this.#judge(gate) === "green";
  }

  /** What must come of a check; nothing is changed by asking. */
  expected({ evidence }: CheckCommand, due: Instant | null, policy: Policy, now: Instant): Outcome {
    const rollout = this.#rollout;
    if (rollout === null || this.#isPaused || due === null || now < due) return "ignored";
    if (evidence.rollout !== rollout.id || evidence.stage !== this.#stage) return "ignored";
    if (evidence.takenAt < due || now > evidence.takenAt + TOO_OLD) return "ignored";
    const gate = this.#gate(policy);
    const seen = (gate?.criteria ?? []).map((one) => ({
      one,
      values: this.#certain(one, evidence.values),
    }));
    if (seen.some(({ one, values }) => one.sustained !== "average" && this.#worst(one, values) === "red"))
      return "rolled back";
    if (gate === undefined || evidence.blindness.length > 0 || seen.some(({ values }) => values.length === 0))
      return this.#isBlind ? "still blind" : "blind";
    const after = this.#copy();
    after.#see(gate, evidence.values, Math.min(evidence.takenAt, now), policy, now);
    const isLast = this.#stage === rollout.plan.stages.length - 1;
    const step = this.#step();
    const isOver = after.#vouched >= this.#needed && now >= step && after.#isEnough(gate);
    if (!isOver) return this.#isBlind ? "seeing again" : "counted";
    const colour = after.#judge(gate);
    if (colour === "red") return "rolled back";
    if (colour === "yellow") return "held";
    if (this.#stageOf(rollout.plan).approval)
      return this.#waitsForApproval && !this.#isBlind ? "still to be approved" : "to be approved";
    return isLast ? "completed" : "promoted";
  }

  /** Follows a decision that was right, to the state after it. */
  follow(
    command: Command,
    outcome: Outcome | null,
    after: ApplicationState,
    policy: Policy,
    now: Instant,
  ): void {
    const { rollout } = after;
    const isNew = rollout !== null && isActive(rollout) && rollout.id !== this.#rollout?.id;
    if (isNew) this.#rollout = rollout;
    if (!isActive(rollout)) this.#rollout = null;
    else if (isNew || rollout.stage !== this.#stage) this.#enter(rollout.stage, policy, now);
    else if (command.type === "check" && outcome !== null) this.#check(command, outcome, policy, now);
    else if (command.type === "pause" && rollout.pausedAt !== null) this.#isPaused = true;
    // In a storm it waits for people.
    else if (command.type === "alert" && rollout.pausedAt !== null) this.#isPaused = true;
    else if (command.type === "resume" && rollout.pausedAt === null && this.#isPaused) {
      this.#isPaused = false;
      this.#resumedAt = now;
      if (!this.#isBlind)
        this.#nextSample = now + Math.min(this.#every, Math.max(1, this.#needed - this.#vouched));
      this.#vouchedUntil = this.#isBlind ? null : now;
    }
  }

  #check({ evidence }: CheckCommand, outcome: Outcome, policy: Policy, now: Instant): void {
    if (outcome === "ignored") return;
    if (outcome === "blind" || outcome === "still blind") {
      this.#isBlind = true;
      this.#lookedAt = null;
      this.#vouchedUntil = null;
      return;
    }
    const gate = this.#gate(policy);
    if (gate === undefined) throw new Error("a gate that is gone has decided");
    this.#see(gate, evidence.values, Math.min(evidence.takenAt, now), policy, now);
    if (outcome === "held") this.#bake(gate.holdFor, policy, now);
    this.#isBlind = false;
    if (outcome === "held") this.#waitsForApproval = false;
    if (outcome === "to be approved") this.#waitsForApproval = true;
  }

  #enter(stage: number, policy: Policy, now: Instant): void {
    this.#stage = stage;
    this.#enteredAt = now;
    this.#isPaused = false;
    this.#isBlind = false;
    this.#waitsForApproval = false;
    if (this.#rollout !== null) this.#bake(this.#stageOf(this.#rollout.plan).bake, policy, now);
  }

  #bake(needed: Duration, policy: Policy, now: Instant | null): void {
    const plan = this.#rollout?.plan;
    if (plan === undefined) return;
    const rows = (this.#gate(policy)?.criteria ?? []).map(checksOf);
    this.#needed = needed;
    this.#every = Math.max(
      1,
      Math.min(this.#stageOf(plan).checkEvery, Math.floor(needed / Math.max(1, ...rows))),
    );
    this.#lookedAt = null;
    this.#vouched = 0;
    this.#vouchedUntil = now;
    this.#nextSample = (now ?? 0) + Math.min(this.#every, needed);
    this.#values = new Map();
  }

  #step(): Instant {
    const plan = this.#rollout?.plan;
    if (plan === undefined || this.#stage === plan.stages.length - 1) return 0;
    return this.#enteredAt + (plan.stepEvery ?? 0);
  }

  #see(
    gate: Gate,
    seen: ReadonlyMap<string, readonly number[]>,
    at: Instant,
    policy: Policy,
    now: Instant,
  ): void {
    if (this.#isBlind && policy.rollout.afterBlindness === "restart") this.#bake(this.#needed, policy, null);
    const gap = this.#vouchedUntil === null ? 0 : at - this.#vouchedUntil;
    const wasBlind = this.#vouchedUntil === null;
    const wasDone = this.#vouched >= this.#needed;
    if (gap <= Math.min(this.#every, MINUTE) + LATE) this.#vouched += gap;
    this.#vouchedUntil = at;
    this.#lookedAt = at;
    const isDone = this.#vouched >= this.#needed;
    const isSample = at >= this.#nextSample || wasBlind || (isDone && !wasDone);
    if (isSample) this.#nextSample = at + this.#every;
    if (isDone && this.#step() > now) this.#nextSample = Math.min(this.#nextSample, this.#step());
    if (!isSample) return;
    for (const one of gate.criteria) {
      const values = [...this.#certain(one, seen)];
      const worst = values.sort((a, b) => this.#badness(one, a) - this.#badness(one, b)).at(-1);
      if (worst !== undefined) this.#values.set(one.metric, [...(this.#values.get(one.metric) ?? []), worst]);
    }
  }

  #isEnough(gate: Gate): boolean {
    return gate.criteria.every((one) => (this.#values.get(one.metric)?.length ?? 0) >= checksOf(one));
  }

  #judge(gate: Gate): Colour {
    const colours = gate.criteria.map((one) => {
      const values = this.#values.get(one.metric) ?? [];
      if (one.sustained === "average")
        return this.#colour(one, values.reduce((sum, value) => sum + value, 0) / values.length);
      return this.#worst(
        one,
        one.sustained === "whole-bake" ? values : values.slice(-one.sustained.checksInARow),
      );
    });
    return worstOf(colours);
  }

  /** What is no number says nothing, and only red is certain beside it. */
  #certain(one: GateCriterion, seen: ReadonlyMap<string, readonly number[]>): readonly number[] {
    const all = seen.get(one.metric) ?? [];
    const known = all.filter((value) => Number.isFinite(value));
    return known.length === all.length || this.#worst(one, known) === "red" ? known : [];
  }

  #worst(one: GateCriterion, values: readonly number[]): Colour {
    return worstOf(values.map((value) => this.#colour(one, value)));
  }

  #colour(one: GateCriterion, value: number): Colour {
    const threshold = this.#rollout?.thresholds.get(one.metric);
    const usual: Bound = one.red ?? {
      comparison: one.green.comparison.startsWith(">") ? "<" : ">",
      value: 0,
    };
    const red = threshold === undefined ? one.red : { ...usual, value: threshold };
    if (red !== null && isMet(value, red)) return "red";
    const isUp = usual.comparison.startsWith(">");
    const isStricter =
      threshold !== undefined && (isUp ? threshold < one.green.value : threshold > one.green.value);
    return isStricter || isMet(value, one.green) ? "green" : "yellow";
  }

  /** Redder is worse, and of the same colour what is farther from green. */
  #badness(one: GateCriterion, value: number): number {
    const { comparison, value: at } = one.green;
    const far =
      comparison === "==" ? Math.abs(value - at) : comparison.startsWith("<") ? value - at : at - value;
    return ["green", "yellow", "red"].indexOf(this.#colour(one, value)) * 1_000 + Math.min(far, 999);
  }

  #gate(policy: Policy): Gate | undefined {
    return this.#rollout === null ? undefined : policy.gates.get(this.#stageOf(this.#rollout.plan).gate);
  }

  #stageOf(plan: Plan): Stage {
    const stage = plan.stages[this.#stage];
    if (stage === undefined) throw new Error(`there is no stage ${this.#stage}`);
    return stage;
  }

  #copy(): RolloutReference {
    const copy = new RolloutReference();
    copy.#rollout = this.#rollout;
    copy.#stage = this.#stage;
    copy.#isBlind = this.#isBlind;
    copy.#needed = this.#needed;
    copy.#every = this.#every;
    copy.#enteredAt = this.#enteredAt;
    copy.#nextSample = this.#nextSample;
    copy.#vouched = this.#vouched;
    copy.#vouchedUntil = this.#vouchedUntil;
    copy.#values = new Map(this.#values);
    return copy;
  }
}

function checksOf({ sustained }: GateCriterion): number {
  return typeof sustained === "object" ? sustained.checksInARow : 1;
}

function worstOf(colours: readonly Colour[]): Colour {
  return colours.includes("red") ? "red" : colours.includes("yellow") ? "yellow" : "green";
}

function isMet(value: number, { comparison, value: bound }: Bound): boolean {
  if (value === bound) return comparison.endsWith("=");
  return comparison.startsWith("<") ? value < bound : comparison.startsWith(">") && value > bound;
}
