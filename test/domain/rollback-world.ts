import { isDeepStrictEqual } from "node:util";
import { fieldsOf, readField } from "../../src/adapters/store/fields.ts";
import type { Command } from "../../src/domain/command.ts";
import { decide, decideAll } from "../../src/domain/decide.ts";
import type { Decision } from "../../src/domain/decision.ts";
import { Draft } from "../../src/domain/draft.ts";
import type { Policy } from "../../src/domain/policy.ts";
import { statusOf } from "../../src/domain/rollout.ts";
import { type ApplicationState, emptyState } from "../../src/domain/state.ts";
import { TIER_NAMES } from "../../src/domain/tier.ts";
import type { Instant } from "../../src/domain/time.ts";
import { LedgerReader } from "../support/ledger-reader.ts";
import { RollbackSimulator } from "../support/rollback-simulator.ts";
import { must } from "./must.ts";
import { expectLawfulLife } from "./rollback-life-laws.ts";
import { everythingIn, plain } from "./state-parts.ts";

interface Committed {
  readonly command: Command;
  readonly policy: Policy;
  readonly now: Instant;
  readonly decision: Decision;
  readonly after: ApplicationState;
}

/** What has the open rollback verified anew. */
const ANEW = ["rolled_back", "already_rolled_back", "escalated", "verified", "reopened"];

/** An application whose every decision is held against the laws, and against what was seen of it. */
export class RollbackWorld extends RollbackSimulator {
  readonly #log: Committed[] = [];
  /** When the good checks in a row were taken. */
  #good: Instant[] = [];
  /** Escalations of the open rollback that a verification called for. */
  #escalations = 0;
  /** Knows the application from its events alone. */
  readonly #reader = new LedgerReader(this.policy.flags);

  override take(command: Command): Decision {
    const { policy, now } = this;
    const before = plain(this.state);
    const decision = super.take(command);
    must(isDeepStrictEqual(decide(before, command, policy, now), decision), "to decide again gives the same");
    const after = plain(this.state);
    this.#log.push({ command, policy, now, decision, after });
    expectLawfulLife({ before, after, command, decision, policy, now });
    this.#readLedger();
    this.#follow(command, decision, before);
    this.#expectAgain(command, decision);
    return decision;
  }

  /** The events tell what the state is, and no machine has raised anything. */
  #readLedger(): void {
    const reader = this.#reader;
    for (const event of this.ledger.slice(reader.revision)) reader.read(event);
    const { revision, rollback, alerts, rollout } = this.state;
    reader.mustTell({
      revision,
      settings: this.settings,
      rollback: rollback && { id: rollback.id, tier: rollback.tier, status: rollback.status },
      alerts: new Set(alerts.keys()),
    });
    const told = reader.rollout;
    must(
      rollout === null ? told === null : told?.id === rollout.id && told.stage === rollout.stage + 1,
      "the ledger tells which rollout it is, and where it stands",
    );
    must(rollout === null || told?.status === statusOf(rollout), "the ledger tells how the rollout is");
  }

  /** Verified is exactly what has been seen to be good so often in a row since it last was not. */
  #follow(command: Command, decision: Decision, before: ApplicationState): void {
    const { verify } = this.policy;
    if (command.type === "verify" && decision.changes.length > 0 && before.rollback?.status !== "verified") {
      const { evidence } = command;
      const isGood = evidence.breached.length + evidence.blindness.length === 0 && isGreen(evidence.values);
      const since = before.verification?.since ?? 0;
      if (isGood) this.#good.push(evidence.takenAt);
      else this.#good = [];
      must(
        this.#good.every((at) => at >= since + verify.startAfter),
        "what is seen too soon does not count",
      );
      must(
        this.#good.every((at, index) => index === 0 || at - (this.#good[index - 1] ?? at) >= 1),
        "each look is a look of its own",
      );
      const isVerified = this.#good.length >= verify.goodChecksInARow;
      must(isVerified === (decision.reason === "verified"), "verified after so many good checks in a row");
    }
    const isAnew = (reason: string): boolean =>
      ANEW.includes(reason) ||
      (reason === "absorbed" && (before.rollback?.status ?? "verified") === "verified");
    if (decision.events.some(({ reason }) => isAnew(reason))) this.#good = [];
    if (this.state.rollback?.id !== before.rollback?.id) this.#escalations = 0;
    const isEscalated = decision.events.some(({ reason }) => reason === "escalated");
    if (command.type === "verify" && isEscalated) this.#escalations += 1;
    must(
      this.#escalations < TIER_NAMES.length + this.policy.flags.size,
      "a verification escalates once for each tier and each suspect at most",
    );
  }

  /** What is kept back acts once its time has come; what came twice does nothing. */
  #expectAgain(command: Command, { reason }: Decision): void {
    if (command.type !== "alert") return;
    const { state, policy, now } = this;
    const later = (at: Instant) => decide(state, command, policy, at).reason;
    const acts = ["rolled_back", "already_rolled_back"];
    if (reason === "storm_breaker") {
      const { rollbacks, within } = policy.rollbacks.stormBreaker;
      const counted = state.past.filter(({ withoutEffect }) => withoutEffect !== true);
      const until = (counted.at(-rollbacks)?.startedAt ?? Number.NaN) + within;
      must(acts.includes(later(until) ?? ""), "who was kept back acts once the time has passed");
    } else if (reason === "cooldown") {
      const ends = state.past.filter(({ trigger }) => trigger === command.alert.name);
      const until = Math.max(...ends.map(({ endedAt }) => endedAt)) + policy.rollbacks.cooldown;
      must(later(until - 1) === "cooldown", "it cools down until then");
      must(later(until) !== "cooldown", "it has cooled down then");
    } else {
      const again = decide(state, command, policy, now);
      must(again.changes.length === 0 && again.events.length === 0, "what comes twice does nothing more");
    }
  }

  /** Several commands in one transaction come to the same as one after the other. */
  takeTogether(commands: readonly Command[]): void {
    const together = decideAll(plain(this.state), commands, this.policy, this.now);
    const apart = commands.map((command) => this.take(command));
    const decisions = together.decisions.map(({ decision }) => decision);
    must(isDeepStrictEqual(decisions, apart), "to decide together gives what deciding one by one gives");
  }

  /** A process dies, and another one reads what a store has kept. */
  reload(): void {
    const kept = new Draft(emptyState());
    for (const [name, json] of fieldsOf(everythingIn(this.state)))
      if (json !== null) readField(kept, name, json);
    kept.revision = this.state.revision;
    must(isDeepStrictEqual(plain(kept), plain(this.state)), "a store gives back what it was given");
    this.state = new Draft(plain(kept));
  }

  /** From the first command on: any prefix gives the state that it gave, and so do the changes alone. */
  replay(): void {
    const decided = new Draft(emptyState());
    const applied = new Draft(emptyState());
    for (const { command, policy, now, decision, after } of this.#log) {
      const again = decide(decided, command, policy, now);
      // What is read from a store may come in another order: of what is the same for all, the order is nobody's.
      const same = (part: "reason" | "events" | "messages") => isDeepStrictEqual(again[part], decision[part]);
      must(same("reason") && same("events") && same("messages"), "a replay decides the same");
      decided.apply(again);
      applied.apply(decision);
      must(isDeepStrictEqual(plain(decided), after), "a replay of any prefix gives its state");
    }
    must(isDeepStrictEqual(plain(applied), plain(this.state)), "the changes alone give the state");
    this.state = decided;
  }
}

function isGreen(values: ReadonlyMap<string, readonly number[]>): boolean {
  const [error] = values.get("error_rate") ?? [];
  return error !== undefined && error <= 1;
}
