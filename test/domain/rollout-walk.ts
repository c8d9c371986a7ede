import type { Alert } from "../../src/domain/alert.ts";
import type { CheckCommand, Command, OperatorCommand } from "../../src/domain/command.ts";
import { nextVerifyOf } from "../../src/domain/decide-verify.ts";
import { gateOf } from "../../src/domain/enter-stage.ts";
import type { Evidence } from "../../src/domain/evidence.ts";
import { type FlagSetting, settingsOf } from "../../src/domain/flag.ts";
import { withOverrides } from "../../src/domain/override.ts";
import type { Plan } from "../../src/domain/plan.ts";
import type { Policy } from "../../src/domain/policy.ts";
import { isActive } from "../../src/domain/rollout.ts";
import { verifyCriteria } from "../../src/domain/verification-check.ts";
import { planOf } from "../support/policies.ts";
import { greenOf } from "../support/rollout-simulator.ts";
import { edited } from "./rollout-edits.ts";
import { must } from "./rollout-laws.ts";
import type { Look, Said, Step, Together } from "./rollout-steps.ts";
import { RolloutWorld } from "./rollout-world.ts";

const LOOK: Look = { late: 0, age: 0, reads: [], blindness: [], again: null, wrong: null };

const SAID: Said = { acknowledge: true, reason: "fixed", expected: "any" };

/** Plans that no policy has a place for. */
const WILD: readonly Plan[] = [
  planOf("wild flag", [{ flags: new Map([["nowhere", { enabled: true, rolloutPercentage: 1 }]]) }]),
  planOf("wild gate", [{ gate: "nowhere" }]),
];

/** Takes an application through whatever happens to it. */
export class RolloutWalk {
  readonly world: RolloutWorld;
  readonly #policy: Policy;

  constructor(policy: Policy) {
    this.#policy = policy;
    this.world = new RolloutWorld(policy);
  }

  step(step: Step): void {
    const { world } = this;
    switch (step.do) {
      case "deploy":
        world.take(this.#deploy(step.plan, step.said, step.threshold));
        break;
      case "retry":
        world.take({ type: "retry", ...this.#operator(step.said) });
        break;
      case "restore":
        world.take({ type: "restore", settings: this.#settings(step.shares), ...this.#operator(step.said) });
        break;
      case "pause":
      case "resume":
      case "approve":
      case "abort":
        world.take({ type: step.do, ...this.#operator(step.said) });
        break;
      case "look":
        this.#look(step.look);
        break;
      case "look early":
        if (world.due !== null) world.now = Math.max(world.now, world.due - step.by);
        this.#check(LOOK, step.ahead);
        break;
      case "go on":
        for (let check = 0; check < step.checks && world.due !== null; check++)
          this.#look({ ...LOOK, late: step.late });
        break;
      case "pause and resume":
        world.take({ type: "pause", ...this.#operator(SAID) });
        world.now += step.after;
        world.take({ type: "resume", ...this.#operator(SAID) });
        break;
      case "alert":
        world.take({ type: "alert", alert: step.alert });
        break;
      case "verify":
        for (let look = 0; look < step.looks; look++) this.#verify(step.sees);
        break;
      case "acknowledge":
        this.#acknowledge(step.force, step.said);
        break;
      case "begin again":
        this.#endRollback();
        this.#switchOff();
        if (step.by === "retry") world.take({ type: "retry", ...this.#operator(step.said) });
        else if (step.by === "deploy") world.take(this.#deploy(1, step.said, null));
        else world.take({ type: "restore", settings: this.#settings(null), ...this.#operator(step.said) });
        break;
      case "wait":
        world.now += step.time;
        break;
      case "edit policy":
        world.policy = edited(world.policy, this.#policy, step.how, step.which);
        break;
      case "crash":
        if (step.how === "reload") world.reload();
        else world.replay();
        break;
      case "at once":
        if (world.due !== null) world.now = Math.max(world.now, world.due);
        world.takeTogether(step.commands.map((one) => this.#together(one)));
        break;
    }
  }

  /** From wherever it is, and with no override left, operators come to a rollout that runs, and green checks to its end. */
  wayOut(byRetry: boolean): void {
    const { world } = this;
    world.policy = withOverrides(this.#policy, new Map());
    if (byRetry) this.#acknowledge(true, SAID);
    else this.#endRollback();
    must(world.state.rollback === null, "a rollback ends when it has helped, or by an operator's word");
    if (isActive(world.state.rollout)) {
      this.#toItsEnd();
      const { outcome, lastDecision } = world.state.rollout ?? {};
      // What was seen before this may still count: an average that is red, or a plan that was deployed under another policy.
      const isExplained =
        outcome === "rolled_back" ? /is red/.test(lastDecision?.detail ?? "") : outcome !== "aborted";
      must(isExplained, `green checks lead to the end (${outcome}: ${lastDecision?.detail})`);
    }
    this.#endRollback();
    this.#switchOff();
    const last = world.state.rollout;
    const command: Command =
      byRetry && last !== null && last.outcome !== "completed"
        ? { type: "retry", ...this.#operator(SAID) }
        : this.#deploy(1, SAID, null);
    const { reason, detail } = world.take(command);
    must(reason === "promoted", `there is a way back to a rollout that runs (${command.type}: ${detail})`);
    this.#toItsEnd();
    const { outcome, lastDecision } = world.state.rollout ?? {};
    must(outcome === "completed", `green checks complete a rollout (${outcome}: ${lastDecision?.detail})`);
  }

  #toItsEnd(): void {
    const { world } = this;
    if (world.state.rollout?.pausedAt !== null) world.take({ type: "resume", ...this.#operator(SAID) });
    for (let checks = 0; isActive(world.state.rollout); checks++) {
      must(checks < 2_000, "a rollout whose checks are green comes to an end");
      this.#look(LOOK);
      if (world.state.rollout.hold?.kind === "approval")
        world.take({ type: "approve", ...this.#operator(SAID) });
    }
  }

  /** Waits for the next check, and makes it. */
  #look(look: Look): void {
    const { world } = this;
    if (world.due !== null) world.now = Math.max(world.now, world.due) + look.late;
    this.#check(look);
  }

  #check({ age, again, wrong, ...seen }: Look, ahead = 0): void {
    const { world } = this;
    const evidence = this.#evidence(seen);
    if (evidence === null) return;
    const other = { stage: { stage: evidence.stage + 1 }, rollout: { rollout: "ro-other" } };
    const command: CheckCommand = {
      type: "check",
      evidence: { ...evidence, takenAt: evidence.takenAt + ahead, ...(wrong === null ? {} : other[wrong]) },
    };
    world.now += age;
    const first = world.take(command);
    if (again === null) return;
    world.now += again;
    const second = world.take(command);
    must(
      first.changes.length === 0 || second.changes.length === 0,
      "of two who saw the same only one decides",
    );
  }

  /** What is seen now; null when there was never anything to look at. */
  #evidence({ reads, blindness }: Pick<Look, "reads" | "blindness">): Evidence | null {
    const { world } = this;
    const { rollout } = world.state;
    if (rollout === null) return null;
    const criteria = gateOf(rollout, world.policy)?.criteria ?? [];
    const values = criteria.map((one, index) => {
      const read = reads[index] ?? "green";
      return [one.metric, read === "green" ? [greenOf(one)] : read] as const;
    });
    return {
      rollout: rollout.id,
      stage: rollout.stage,
      takenAt: world.now,
      values: new Map(values),
      blindness,
    };
  }

  #deploy(plan: number, said: Said, threshold: number | null): Command {
    const plans = [...this.#policy.plans.values(), ...WILD];
    const thresholds = new Map(threshold === null ? [] : [["errors", threshold]]);
    return { type: "deploy", plan: plans[plan] as Plan, thresholds, ...this.#operator(said) };
  }

  #operator({ acknowledge, reason, expected }: Said): OperatorCommand & { acknowledge: boolean } {
    const { revision } = this.world.state;
    const seen = { any: null, right: revision, older: revision - 1, newer: revision + 1 }[expected];
    return { actor: "mia", acknowledge, reason, expected: seen };
  }

  #settings(shares: readonly number[] | null): ReadonlyMap<string, FlagSetting> {
    const { state, policy } = this.world;
    if (shares === null) return state.backup?.settings ?? new Map();
    return new Map(
      [...settingsOf(policy.flags, state.flags).keys()].map((key, index) => {
        const rolloutPercentage = shares[index] ?? 0;
        return [key, { enabled: rolloutPercentage > 0, rolloutPercentage }];
      }),
    );
  }

  #together(one: Together): Command {
    const nothing: Evidence = { rollout: "", stage: 0, takenAt: 0, values: new Map(), blindness: [] };
    if (typeof one === "object") return { type: "alert", alert: one };
    if (one === "check" || one === "check again")
      return { type: "check", evidence: this.#evidence(LOOK) ?? nothing };
    if (one === "deploy") return this.#deploy(0, SAID, null);
    if (one === "watchdog") return { type: "watchdog", at: this.world.now };
    return { type: one, ...this.#operator(SAID) };
  }

  /** Waits for the next look at the open rollback, and takes it. */
  #verify(sees: "good" | "bad" | "nothing"): void {
    const { world } = this;
    const due = nextVerifyOf(world.state);
    if (due === null) return;
    world.now = Math.max(world.now, due);
    const values = verifyCriteria(world.policy).map((one) => [one.metric, [greenOf(one)]] as const);
    world.take({
      type: "verify",
      evidence: {
        rollback: world.state.rollback?.id ?? "",
        takenAt: world.now,
        values: new Map(values),
        answered: ["Alert"],
        breached: sees === "bad" ? ["Alert"] : [],
        blindness: sees === "nothing" ? ["Prometheus does not answer"] : [],
      },
    });
  }

  #acknowledge(force: boolean, said: Said): void {
    const rollback = this.world.state.rollback?.id ?? "";
    this.world.take({ type: "acknowledge", rollback, force, ...this.#operator(said) });
  }

  /** Its alerts resolve, and it is seen to have helped. */
  #endRollback(): void {
    this.#resolveAll();
    for (let looks = 0; nextVerifyOf(this.world.state) !== null; looks++) {
      must(looks < 100, "what has helped is over soon");
      this.#verify("good");
    }
  }

  #resolveAll(): void {
    for (const { fingerprint, name } of [...this.world.state.alerts.values()]) {
      const alert: Alert = {
        fingerprint,
        name,
        // It may have begun anew.
        startsAt: Math.max(this.world.now, 4_102_444_800_000),
        status: "resolved",
        application: null,
        job: null,
        labels: {},
      };
      this.world.take({ type: "alert", alert });
    }
  }

  /** By hand, as whatever is open or quarantined would not let a command do. */
  #switchOff(): void {
    for (const { key, kind } of this.#policy.flags.values())
      if (kind === "kill-switch" && this.world.state.flags.get(key)?.enabled === true)
        this.world.switchOff(key);
  }
}
