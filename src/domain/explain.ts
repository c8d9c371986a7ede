import type { Alert, FiringAlert, Trigger } from "./alert.ts";
import { keptAs } from "./alert-case.ts";
import { isQuiet, keyOf } from "./alert-memory.ts";
import { decide } from "./decide.ts";
import type { Decision } from "./decision.ts";
import { type FlagChange, settingsOf } from "./flag.ts";
import type { Policy } from "./policy.ts";
import type { Reason } from "./reason.ts";
import type { ApplicationState } from "./state.ts";
import { cooldownOf, stormAgainst } from "./storm.ts";
import type { TierName } from "./tier.ts";
import { formatDuration, type Instant } from "./time.ts";
import { trafficOf } from "./turn-down.ts";

/** What an alert would do if it fired now. */
export interface Explanation {
  readonly alert: string;
  /** What it calls for; null when it calls for no rollback. */
  readonly tier: TierName | null;
  readonly reason: Reason;
  /** In words: what would happen, and why not more. */
  readonly detail: string;
  readonly flags: readonly FlagChange[];
  readonly traffic: { readonly before: number; readonly after: number };
  /** When it would be decided otherwise, as far as that is a matter of time. */
  readonly until: Instant | null;
}

/**
 * What each trigger of a policy, or the alert that is named, would do if it fired now. Nothing is committed.
 */
export function explain(
  state: ApplicationState,
  policy: Policy,
  now: Instant,
  named?: string,
): readonly Explanation[] {
  const names = named === undefined ? [...policy.triggers.keys()] : [named];
  return names.map((name) => explainAlert(name, state, policy, now));
}

function explainAlert(name: string, state: ApplicationState, policy: Policy, now: Instant): Explanation {
  const known = [...state.alerts.values(), ...state.kept.values()].find(
    (alert) => alert.name === name && !isQuiet(state, keyOf(alert)),
  );
  const alert = firingNow(name, known, now);
  const decision = decide(state, { type: "alert", alert }, policy, now);
  // A firing alert is always decided on.
  const reason = decision.reason as Reason;
  const [event] = decision.events;
  const traffic = trafficOf(policy, settingsOf(policy.flags, state.flags));
  const trigger = policy.triggers.get(name);
  const told: Told =
    trigger === undefined
      ? { detail: withoutTrigger(name, policy), until: null }
      : tell({ state, policy, now, trigger, known, decision });
  return {
    alert: name,
    tier: trigger?.tier ?? null,
    reason,
    flags: event?.flags ?? [],
    traffic: event?.traffic ?? { before: traffic, after: traffic },
    ...told,
  };
}

/** The alert itself where it is firing already; else one that begins now. */
function firingNow(name: string, known: FiringAlert | undefined, now: Instant): Alert {
  return {
    fingerprint: known?.fingerprint ?? "explain",
    name,
    status: "firing",
    startsAt: known?.startsAt ?? now,
    application: null,
    job: null,
    labels: { alertname: name },
  };
}

interface Case {
  readonly state: ApplicationState;
  readonly policy: Policy;
  readonly now: Instant;
  readonly trigger: Trigger;
  /** It is firing already. */
  readonly known: FiringAlert | undefined;
  readonly decision: Decision;
}

type Told = Pick<Explanation, "detail" | "until">;

function tell(found: Case): Told {
  switch (found.decision.reason) {
    case "rolled_back":
      return forGood(`a rollback would begin: ${tierOf(found)}${blamed(found)}${consequences(found)}`);
    case "already_rolled_back":
      return forGood(
        `a rollback would begin, and find nothing left that ${found.trigger.tier} turns down${consequences(found)}`,
      );
    case "escalated":
      return forGood(escalation(found));
    case "duplicate":
      return forGood(duplicate(found));
    case "held":
      return forGood(`${why(found)}${keptConsequences(found)}`);
    case "cooldown":
      return cooldown(found);
    case "storm_breaker":
      return storm(found);
    default:
      return forGood(absorbed(found));
  }
}

function forGood(detail: string): Told {
  return { detail, until: null };
}

/** Whom a rollback that looks for its flags has found. */
function blamed(found: Case): string {
  return found.trigger.suspects === null ? "" : `: ${why(found)}`;
}

function why({ decision }: Case): string {
  // Both that ask are decided with one.
  return decision.detail as string;
}

function withoutTrigger(name: string, { triggers, alerts }: Policy): string {
  const known = alerts.some(({ alert }) => alert === name);
  const what = known
    ? "the policy has it as an alert that rolls nothing back"
    : "the policy does not have it";
  return `nothing would happen: ${what}; these roll back: ${[...triggers.keys()].join(", ") || "none"}`;
}

/** With no stage to return to it does something else than its name says. */
function tierOf({ trigger: { flags }, state, decision }: Case): string {
  const { tier } = decision;
  const named = flags.length === 0 ? "" : ` (${flags.join(", ")})`;
  return tier === "stage" && state.snapshot === null
    ? `stage${named}, which acts as phase: no stage has been promoted that it could return to`
    : `${tier}${named}`;
}

function consequences({ decision: { events, messages, warning } }: Case): string {
  const rollout = events[0]?.rollout;
  const paged = messages.some(({ page }) => page);
  return `${rollout ? `; rollout ${rollout.id} would end` : ""}${paged ? "; the on-call engineer would be paged" : ""}${warning === undefined ? "" : `; but ${warning}`}`;
}

function keptConsequences({ decision: { events, messages } }: Case): string {
  const rollout = events[0]?.rollout;
  return `${rollout ? `; rollout ${rollout.id} would be paused` : ""}${messages.length > 0 ? "; the on-call engineer would be paged" : ""}`;
}

function escalation(found: Case): string {
  const { state, decision, trigger } = found;
  const before = state.rollback?.tier;
  const after = decision.messages[0]?.tier;
  const would =
    before === after
      ? `would turn down ${trigger.flags.join(", ")} too`
      : `would go on from ${before} to ${after}`;
  return `the open rollback ${state.rollback?.id} ${would}${consequences(found)}`;
}

function duplicate({ known, now, state }: Case): string {
  // Only what is known can be a duplicate.
  const alert = known as FiringAlert;
  const since = alert.startsAt;
  const kept = keptAs(state, alert)?.why;
  if (kept === "acknowledged")
    return `it has been firing for ${lasting(now - since)}, and its rollback was acknowledged by force: nothing would be turned down until it resolves and fires anew`;
  if (kept === "unrelated")
    return `it has been firing for ${lasting(now - since)}, is known, and is not caused by a change: people have been called, and nothing would be turned down`;
  return `it has been firing for ${lasting(now - since)} and is known: rollback ${state.rollback?.id} waits until it resolves, and nothing more would be turned down`;
}

function absorbed({ state: { rollback }, trigger }: Case): string {
  const severe = rollback?.tier === trigger.tier ? "as severe" : "more severe";
  const anew = rollback?.status === "verified" ? "; it would be verified anew" : "";
  return `absorbed by the open rollback ${rollback?.id}: its tier ${rollback?.tier} is ${severe}, so nothing more would be turned down, and it would wait for this alert too${anew}`;
}

function cooldown(found: Case): Told {
  const { state, trigger, policy, now } = found;
  const until = cooldownOf(state.past, trigger.alert, policy, now) as Instant;
  return {
    detail: `cooldown for another ${lasting(until - now)}: its last rollback has ended not long ago; nothing would be turned down${keptConsequences(found)}`,
    until,
  };
}

function storm({ state, trigger, policy, now, decision }: Case): Told {
  const until = stormAgainst(state.past, trigger.tier, policy, now) as Instant;
  const { rollbacks, within } = policy.rollbacks.stormBreaker;
  const people = decision.events.length > 0 ? "people would be called" : "people have been called";
  return {
    detail: `the storm breaker is open for another ${lasting(until - now)}: ${rollbacks} rollbacks within ${formatDuration(within)}; nothing would be turned down, except what was raised since, or by an alert of a tier more severe than theirs; ${people}`,
    until,
  };
}

/** To the second, and never nothing. */
function lasting(duration: number): string {
  return formatDuration(Math.max(1, Math.ceil(duration / 1_000)) * 1_000);
}
