import { type Decision, decided, masked } from "./decision.ts";
import type { EventBody } from "./event.ts";
import { settingsOf } from "./flag.ts";
import { maskOfTier } from "./masked.ts";
import type { Message } from "./message.ts";
import type { Policy } from "./policy.ts";
import type { Reason } from "./reason.ts";
import type { Rollback } from "./rollback.ts";
import { endOfRollout, eventOf } from "./rollout-told.ts";
import type { ApplicationState, StateChange } from "./state.ts";
import { isToldLately } from "./storm.ts";
import { isMoreSevere } from "./tier.ts";
import type { Instant } from "./time.ts";
import { turnDown } from "./turn-down.ts";
import { startVerification } from "./verification.ts";

/** A tier about to be done. */
export interface Rolling {
  readonly state: ApplicationState;
  readonly policy: Policy;
  readonly now: Instant;
  /** As it will be: its tier, and all flags that were asked for. */
  readonly rollback: Rollback;
  readonly kind: "rolled_back" | "escalated";
  readonly actor: string;
  /** Why, in words. */
  readonly detail: string;
  /** What else the event tells. */
  readonly told?: Partial<EventBody>;
  /** What else is written: the alert that is waited for. */
  readonly more?: readonly StateChange[];
  /** The name of the alert that asks for it. */
  readonly alert?: string;
}

/** What is told of a rollback when it begins. */
export type Beginning = Pick<Rollback, "tier" | "trigger" | "flags" | "startedBy"> &
  Partial<Pick<Rollback, "suspects" | "reason" | "alertStartedAt" | "receivedAt">>;

/** A rollback that begins now. */
export function newRollback(state: ApplicationState, beginning: Beginning, now: Instant): Rollback {
  return {
    id: rollbackId(state, now),
    suspects: [],
    startedAt: now,
    escalatedAt: null,
    reason: null,
    alertStartedAt: null,
    receivedAt: null,
    committedAt: null,
    verifiedAt: null,
    status: "verifying",
    firstRevision: state.revision + 1,
    ...beginning,
  };
}

/** The open rollback, made as severe as is asked for, with the flags that are named too. */
export function moreSevere(
  open: Rollback,
  { tier, flags }: Pick<Rollback, "tier" | "flags">,
  now: Instant,
): Rollback {
  return {
    ...open,
    tier: isMoreSevere(tier, open.tier) ? tier : open.tier,
    flags: [...new Set([...open.flags, ...flags])],
    escalatedAt: now,
  };
}

/** The number of the event that begins it is part of its id, so that no two are alike. */
function rollbackId({ revision }: ApplicationState, now: Instant): string {
  return `rb-${revision + 1}-${now.toString(36)}`;
}

/** Turns down what the tier says, ends a rollout that was active, and has it verified: all in one commit. */
export function roll(rolling: Rolling): Decision {
  const { state, policy, now, rollback, kind, actor, detail, told = {}, more = [], alert = null } = rolling;
  const { tier, flags: named, id } = rollback;
  const down = turnDown(state, policy, { tier, flags: named, rollback: id, actor, detail }, now);
  const request = { tier, flags: named, snapshot: state.snapshot };
  const mask = maskOfTier(request, settingsOf(policy.flags, state.flags), policy);
  // Of one that began before this was noted it is not known: it counts as one that had an effect.
  const { withoutEffect = kind === "rolled_back", unproven: _, ...rest } = rollback;
  const isIdle = withoutEffect && down.flags.length === 0 && down.rollout === null;
  const nothingLeft = kind === "rolled_back" && isIdle;
  const reason: Reason = nothingLeft ? "already_rolled_back" : kind;
  const isKnown = nothingLeft && isToldLately(state.past, rollback, policy, now);
  const event = eventOf({
    at: now,
    actor,
    reason,
    rollback: id,
    tier,
    flags: down.flags,
    traffic: down.traffic,
    rollout: down.rollout,
    detail,
    ...told,
  });
  const message: Message = {
    subject: id,
    kind,
    at: now,
    tier,
    alert,
    flags: down.flags,
    rollout: down.rollout,
    detail,
    // What users still meet, nobody but people can take from them.
    page: !isKnown && (policy.tiers[tier].pages || mask !== null),
    ...(isKnown ? { quiet: true } : {}),
  };
  const verifying: Rollback = {
    ...rest,
    status: "verifying",
    verifiedAt: null,
    ...(isIdle ? { withoutEffect: true } : {}),
  };
  const decision = decided(
    event,
    [
      ...down.changes,
      ...more,
      { kind: "rollback", value: verifying },
      { kind: "verification", value: startVerification(policy.verify, state.verification, now) },
    ],
    [message, ...endOfRollout(down.rollout, event)],
  );
  return masked(decision, mask);
}
