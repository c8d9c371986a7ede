import type {
  Acknowledging,
  Command,
  DeployCommand,
  FlagWish,
  OperatorCommand,
  RestoreCommand,
  RolloutCommand,
  SetCommand,
} from "../../src/domain/command.ts";
import type { CountsBefore } from "../../src/domain/counts.ts";
import { countsDue } from "../../src/domain/counts-due.ts";
import { decide } from "../../src/domain/decide.ts";
import { nextCheckOf } from "../../src/domain/decide-check.ts";
import { nextVerifyOf } from "../../src/domain/decide-verify.ts";
import type { Decision } from "../../src/domain/decision.ts";
import { Draft } from "../../src/domain/draft.ts";
import { gateOf } from "../../src/domain/enter-stage.ts";
import type { LedgerEvent } from "../../src/domain/event.ts";
import type { Evidence } from "../../src/domain/evidence.ts";
import { type FlagSetting, settingsOf } from "../../src/domain/flag.ts";
import type { GateCriterion } from "../../src/domain/gate.ts";
import type { Plan } from "../../src/domain/plan.ts";
import type { Policy } from "../../src/domain/policy.ts";
import { isActive, type Rollout, type RolloutStatus, statusOf } from "../../src/domain/rollout.ts";
import { type ApplicationState, emptyState } from "../../src/domain/state.ts";
import type { Duration, Instant } from "../../src/domain/time.ts";
import { trafficOf } from "../../src/domain/turn-down.ts";
import { verifyCriteria } from "../../src/domain/verification-check.ts";
import { countsOf, type Requests, WELL } from "./counted.ts";

/** Values by metric, of one series each; null: no data. */
export type Values = Readonly<Record<string, number | readonly number[] | null>>;

export interface SimulatorOptions {
  readonly policy: Policy;
  readonly now?: Instant;
  readonly state?: ApplicationState;
}

type Said = Partial<OperatorCommand & Acknowledging>;

/** An application in virtual time: decisions take effect at once, and nobody else is there. */
export class RolloutSimulator {
  state: Draft;
  policy: Policy;
  now: Instant;
  /** The requests of the block that begins then, by metric; undefined: they cannot be counted. */
  requestsAt: (metric: string, at: Instant) => Requests | undefined = () => WELL;
  /** What was counted before the rollout, of every metric; undefined: it is not known. */
  countsBefore: CountsBefore | undefined = undefined;
  /** Every event so far. */
  readonly ledger: LedgerEvent[] = [];

  constructor({ policy, now = 0, state = emptyState() }: SimulatorOptions) {
    this.state = new Draft(state);
    this.policy = policy;
    this.now = now;
  }

  /** Decides, and lets the decision take effect. */
  take(command: Command): Decision {
    const decision = decide(this.state, command, this.policy, this.now);
    for (const [index, event] of decision.events.entries())
      this.ledger.push({ ...event, revision: this.state.revision + index + 1 });
    this.state.apply(decision);
    return decision;
  }

  deploy(plan: Plan, said: Said & Partial<Pick<DeployCommand, "thresholds">> = {}): Decision {
    return this.take({ type: "deploy", plan, thresholds: new Map(), ...quiet(said) });
  }

  retry(said: Said = {}): Decision {
    return this.take({ type: "retry", ...quiet({ acknowledge: true, reason: "fixed", ...said }) });
  }

  restore(settings: RestoreCommand["settings"], said: Said = {}): Decision {
    return this.take({ type: "restore", settings, ...quiet({ reason: "back", ...said }) });
  }

  /** `true` is on, `false` off, a number the percentage of a flag that is on. */
  sets(
    flags: Readonly<Record<string, boolean | number | Partial<FlagWish>>>,
    said: Said & Partial<Pick<SetCommand, "confirmed">> = {},
  ): Decision {
    const wishes = Object.entries(flags).map(([key, wish]) => [key, wishOf(wish)] as const);
    const command = { type: "set" as const, flags: new Map(wishes), confirmed: true };
    return this.take({ ...command, ...quiet({ reason: "try it", ...said }) });
  }

  says(type: RolloutCommand["type"], said: Said = {}): Decision {
    return this.take({ type, ...quiet(said) });
  }

  alert(name: string, status: "firing" | "resolved" = "firing"): Decision {
    const labels = { alertname: name };
    const alert = {
      fingerprint: name,
      name,
      status,
      startsAt: this.now,
      application: null,
      job: null,
      labels,
    };
    return this.take({ type: "alert", alert });
  }

  /** What is seen of the stage now. What is not said is green. */
  evidence(values: Values = {}, blindness: readonly string[] = []): Evidence {
    const { rollout } = this.state;
    if (rollout === null) throw new Error("there is no rollout to look at");
    const criteria = gateOf(rollout, this.policy)?.criteria ?? [];
    const seen = { ...Object.fromEntries(criteria.map((one) => [one.metric, greenOf(one)])), ...values };
    const lists = Object.entries(seen).map(
      ([metric, value]) => [metric, value === null ? [] : [value].flat()] as const,
    );
    return {
      rollout: rollout.id,
      stage: rollout.stage,
      takenAt: this.now,
      values: new Map(lists),
      ...this.#counted(rollout),
      blindness,
    };
  }

  #counted(rollout: Rollout): Pick<Evidence, "counts" | "countsBefore"> {
    const due = isActive(rollout) ? countsDue(rollout, this.state.bake, this.policy, this.now) : [];
    if (due.length === 0) return {};
    const known = due.filter(({ metric, since }) => this.requestsAt(metric, since) !== undefined);
    const requestsAt = (metric: string) => (at: Instant) => this.requestsAt(metric, at) ?? WELL;
    const before = this.countsBefore;
    const asked = due.filter((each) => each.before !== null);
    return {
      counts: new Map(known.map((each) => [each.metric, countsOf(each, this.now, requestsAt(each.metric))])),
      ...(before && { countsBefore: new Map(asked.map(({ metric }) => [metric, before])) }),
    };
  }

  /** Looks at the stage now, whether or not that is due. */
  check(values: Values = {}, blindness: readonly string[] = []): Decision {
    return this.take({ type: "check", evidence: this.evidence(values, blindness) });
  }

  /** Waits for the next look, and takes it. */
  nextLook(values: Values = {}, blindness: readonly string[] = []): Decision {
    const due = nextCheckOf(this.state);
    if (due === null) throw new Error(`no look is due: the rollout is ${this.status}`);
    this.now = Math.max(this.now, due);
    return this.check(values, blindness);
  }

  /** Waits for the next look that is a check, and makes it; the looks until then find everything green. */
  nextCheck(values: Values = {}, blindness: readonly string[] = []): Decision {
    for (;;) {
      const due = nextCheckOf(this.state);
      const bake = this.state.bake;
      const isCheck = due === null || bake === null || bake.countFrom === null || due >= bake.nextSampleAt;
      if (isCheck || this.#isDoneBy(due)) return this.nextLook(values, blindness);
      this.nextLook();
    }
  }

  /** Whether the bake is done with the look at that time, and was not before. */
  #isDoneBy(due: Instant): boolean {
    const { bake } = this.state;
    if (bake === null || bake.countFrom === null || bake.seen >= bake.needed) return false;
    return bake.seen + (due - bake.countFrom) >= bake.needed;
  }

  /** Makes every check that is due until then, each in time. */
  runUntil(time: Instant, values: Values = {}): void {
    for (let due = nextCheckOf(this.state); due !== null && due <= time; due = nextCheckOf(this.state))
      this.nextLook(values);
    this.now = Math.max(this.now, time);
  }

  runFor(duration: Duration, values: Values = {}): void {
    this.runUntil(this.now + duration, values);
  }

  /** Makes checks until none is due any more. */
  runToEnd(values: Values = {}): void {
    for (let checks = 0; nextCheckOf(this.state) !== null; checks++) {
      if (checks > 100_000) throw new Error(`it never ends: ${JSON.stringify(this.state.bake)}`);
      this.nextLook(values);
    }
  }

  /** Looks at the open rollback until it is known to have helped. */
  verify(): void {
    for (let due = nextVerifyOf(this.state); due !== null; due = nextVerifyOf(this.state)) {
      this.now = Math.max(this.now, due);
      const values = new Map(verifyCriteria(this.policy).map((one) => [one.metric, [greenOf(one)]] as const));
      const rollback = this.state.rollback?.id ?? "";
      const evidence = {
        rollback,
        takenAt: this.now,
        values,
        answered: ["Trigger"],
        breached: [],
        blindness: [],
      };
      this.take({ type: "verify", evidence });
    }
  }

  get status(): RolloutStatus | null {
    return this.state.rollout === null ? null : statusOf(this.state.rollout);
  }

  get isActive(): boolean {
    return isActive(this.state.rollout);
  }

  /** As people count: from 1. */
  get stage(): number {
    return (this.state.rollout?.stage ?? -1) + 1;
  }

  get traffic(): number {
    return trafficOf(this.policy, this.settings);
  }

  get settings(): Map<string, FlagSetting> {
    return settingsOf(this.policy.flags, this.state.flags);
  }
}

function quiet(said: Said): OperatorCommand & Acknowledging {
  return { actor: "mia", reason: null, expected: null, acknowledge: false, ...said };
}

function wishOf(wish: boolean | number | Partial<FlagWish>): FlagWish {
  const nothing = { enabled: null, rolloutPercentage: null };
  if (typeof wish === "boolean") return { ...nothing, enabled: wish };
  return typeof wish === "number" ? { enabled: true, rolloutPercentage: wish } : { ...nothing, ...wish };
}

/** A value that is green, as near to its bound as numbers with few decimals are. */
export function greenOf({ green: { comparison, value } }: Pick<GateCriterion, "green">): number {
  if (comparison === "<") return value - 0.001;
  return comparison === ">" ? value + 0.001 : value;
}
