import { isDeepStrictEqual } from "node:util";
import { fieldsOf, readField } from "../../src/adapters/store/fields.ts";
import type { CheckCommand, Command } from "../../src/domain/command.ts";
import { decide, decideAll } from "../../src/domain/decide.ts";
import { nextCheckOf } from "../../src/domain/decide-check.ts";
import type { Decision } from "../../src/domain/decision.ts";
import { Draft } from "../../src/domain/draft.ts";
import type { Policy } from "../../src/domain/policy.ts";
import { eventOf } from "../../src/domain/rollout-told.ts";
import { type ApplicationState, emptyState, type StateChange } from "../../src/domain/state.ts";
import type { Instant } from "../../src/domain/time.ts";
import { expectLawful, must } from "./rollout-laws.ts";
import { type Outcome, RolloutReference } from "./rollout-reference.ts";
import { everythingIn, plain } from "./state-parts.ts";

/** A commit, with all that is needed to come to it again. */
interface Committed {
  /** Null: a flag that was set by hand. */
  readonly command: Command | null;
  readonly policy: Policy;
  readonly now: Instant;
  readonly decision: Pick<Decision, "changes" | "events">;
  readonly after: ApplicationState;
}

/** One application in virtual time, whose every decision is compared with what the reference says and the laws allow. */
export class RolloutWorld {
  policy: Policy;
  now: Instant = 1_790_000_000_000;
  #draft = new Draft(emptyState());
  readonly #reference = new RolloutReference();
  readonly #log: Committed[] = [];

  constructor(policy: Policy) {
    this.policy = policy;
  }

  get state(): ApplicationState {
    return this.#draft;
  }

  /** When the next check is due; null: none is. */
  get due(): Instant | null {
    return nextCheckOf(this.#draft);
  }

  take(command: Command): Decision {
    const { policy, now } = this;
    const before = plain(this.#draft);
    const due = this.due;
    const decision = decide(this.#draft, command, policy, now);
    must(isDeepStrictEqual(plain(this.#draft), before), "to decide changes nothing");
    must(isDeepStrictEqual(decide(before, command, policy, now), decision), "to decide again gives the same");
    const expected = command.type === "check" ? this.#reference.expected(command, due, policy, now) : null;
    const isReady = this.#reference.isReady(due, policy, now);
    this.#draft.apply(decision);
    const after = plain(this.#draft);
    this.#log.push({ command, policy, now, decision, after });
    expectLawful({ before, after, command, decision, policy, now });
    if (command.type === "check") this.#compare(command, expected, decision, before);
    if (command.type === "approve") {
      const isRefused = decision.reason === "refused" && !isReady;
      const isOutdated = command.expected !== null && command.expected !== before.revision;
      must(
        isRefused || isOutdated || (isReady && decision.reason !== "refused"),
        "an approval is heard exactly when all is ready",
      );
    }
    this.#reference.follow(command, expected, after, policy, now);
    must(
      (after.bake?.seen ?? null) === this.#reference.vouched,
      "time counts exactly where good checks vouch for it",
    );
    return decision;
  }

  /** Several commands in one transaction, which must come to the same as one after the other. */
  takeTogether(commands: readonly Command[]): void {
    const together = decideAll(plain(this.#draft), commands, this.policy, this.now);
    const revisions: (number | null)[] = [];
    const apart = commands.map((command) => {
      const decision = this.take(command);
      revisions.push(decision.events.length > 0 ? this.#draft.revision : null);
      return decision;
    });
    const same = isDeepStrictEqual(
      together.decisions.map(({ decision }) => decision),
      apart,
    );
    must(same, "to decide together gives what deciding one by one gives");
    const numbers = together.decisions.map(({ revision }) => revision);
    must(isDeepStrictEqual(numbers, revisions), "decisions together are numbered as one by one");
    for (const part of ["changes", "events", "messages"] as const)
      must(
        isDeepStrictEqual(
          together[part],
          apart.flatMap((decision): unknown[] => [...decision[part]]),
        ),
        `together: ${part}`,
      );
  }

  /** What an operator does to a flag by hand. */
  switchOff(key: string): void {
    const value = {
      enabled: false,
      rolloutPercentage: 0,
      updatedAt: this.now,
      updatedBy: "mia",
      quarantinedBy: null,
    };
    const event = eventOf({ at: this.now, actor: "mia", reason: "flag_changed", detail: null });
    const decision = { changes: [{ kind: "flag" as const, key, value }], events: [event] };
    this.#draft.apply(decision);
    this.#log.push({
      command: null,
      policy: this.policy,
      now: this.now,
      decision,
      after: plain(this.#draft),
    });
  }

  /** A process dies, and another one reads what a store has kept. */
  reload(): void {
    const kept = new Draft(emptyState());
    for (const [name, json] of fieldsOf(everythingIn(this.#draft)))
      if (json !== null) readField(kept, name, json);
    kept.revision = this.#draft.revision;
    must(isDeepStrictEqual(plain(kept), plain(this.#draft)), "a store gives back what it was given");
    this.#draft = new Draft(plain(kept));
  }

  /** From the first command on, as anybody may who has them: any prefix gives the state that it gave. */
  replay(): void {
    const decided = new Draft(emptyState());
    const applied = new Draft(emptyState());
    for (const { command, policy, now, decision, after } of this.#log) {
      const again = command === null ? decision : decide(decided, command, policy, now);
      must(isDeepStrictEqual(sorted(again.changes), sorted(decision.changes)), "a replay changes the same");
      decided.apply(again);
      applied.apply(decision);
      must(isDeepStrictEqual(plain(decided), after), "a replay of any prefix gives its state");
    }
    must(isDeepStrictEqual(plain(applied), plain(this.#draft)), "the changes alone give the state");
    this.#draft = decided;
  }

  #compare(
    command: CheckCommand,
    expected: Outcome | null,
    decision: Decision,
    before: ApplicationState,
  ): void {
    const actual = outcomeOf(decision);
    const same = actual === expected || (actual === "counted" && expected === "still to be approved");
    if (same) return;
    const failed = actual === "failed" && expected === "promoted";
    const { bake, rollout } = before;
    must(
      failed && this.#hasObstacle(),
      `a check of ${JSON.stringify([...command.evidence.values])} must come to "${expected}", not "${actual}" ` +
        `(stage ${rollout?.stage}, seen ${bake?.seen} of ${bake?.needed}, ${decision.detail})`,
    );
  }

  /** Whether the plan does not fit the policy any more. */
  #hasObstacle(): boolean {
    const { rollout, flags } = this.#draft;
    const next = rollout?.plan.stages[rollout.stage + 1];
    if (next === undefined) return false;
    const isLost = [...next.flags.keys()].some((key) => this.policy.flags.get(key)?.kind !== "release");
    const isLocked = [...flags.values()].some(({ quarantinedBy }) => quarantinedBy !== null);
    return isLost || isLocked || !this.policy.gates.has(next.gate);
  }
}

function outcomeOf({ reason, changes }: Decision): Outcome | "failed" | string {
  if (reason === null && changes.length === 0) return "ignored";
  const [rollout, bake] = ["rollout", "bake"].map(
    (kind) => changes.find((change) => change.kind === kind)?.value,
  );
  switch (reason) {
    case null:
      return (bake as ApplicationState["bake"])?.missing.length === 0 ? "counted" : "still blind";
    case "held": {
      const held = rollout as ApplicationState["rollout"];
      if (held?.blind !== null) return "blind";
      return held.hold?.kind === "approval" ? "to be approved" : "held";
    }
    case "resumed":
      return "seeing again";
    case "rolled_back":
      return "rolled back";
    case "aborted":
      return "failed";
    default:
      return reason;
  }
}

/** What is read from a store may come in another order: of what is the same for all, the order is nobody's. */
function sorted(changes: readonly StateChange[]): StateChange[] {
  const nameOf = (change: StateChange): string => `${change.kind}:${"key" in change ? change.key : ""}`;
  return [...changes].sort((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1));
}
