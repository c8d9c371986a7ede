import type { Alert, SuspectsPolicy } from "./alert.ts";
import {
  type AlertCase,
  alertTold,
  alertWithTexts,
  isBackIn,
  isSettled,
  isTracked,
  keptAs,
  MAX_TRACKED_ALERTS,
  track,
} from "./alert-case.ts";
import { firesOn, keyOf } from "./alert-memory.ts";
import { moreSevere, newRollback, roll } from "./begin-rollback.ts";
import { comesAndGoes, goOn, reopened, rollbackOfSame } from "./comeback.ts";
import type { AlertCommand } from "./command.ts";
import { decideResolved } from "./decide-resolved.ts";
import { type Decision, decided, leave } from "./decision.ts";
import type { EventBody } from "./event.ts";
import { settingsOf } from "./flag.ts";
import {
  keptBackAsBlind,
  keptBackAsUnrelated,
  keptBackByCooldown,
  keptBackByStorm,
  keptIsOver,
  notCausedByAChange,
} from "./keep-back.ts";
import { lateFiring } from "./late-firing.ts";
import type { Message } from "./message.ts";
import { nextTier } from "./next-tier.ts";
import { planTier } from "./plan-tier.ts";
import type { Policy } from "./policy.ts";
import { joinedBy, type Rollback, type Step } from "./rollback.ts";
import { eventOf } from "./rollout-told.ts";
import type { ApplicationState, StateChange } from "./state.ts";
import { cooldownOf, cooldownSince, stormAgainst, stormSince } from "./storm.ts";
import { accusation, accusedOf, type Suspect, stepsOf, suspectsOf } from "./suspects.ts";
import { takesBack } from "./take-back.ts";
import { isMoreSevere, type TierName } from "./tier.ts";
import type { Instant } from "./time.ts";
import { startVerification } from "./verification.ts";

/** One alert: it begins a rollback, makes it more severe, joins it, ends it, or is none of its business. */
export function decideAlert(
  state: ApplicationState,
  { alert, actor = "alertmanager", receivedAt, evidence, unread }: AlertCommand,
  policy: Policy,
  now: Instant,
): Decision {
  const trigger = policy.triggers.get(alert.name);
  if (alert.status === "resolved") return decideResolved({ state, alert, trigger, policy, now, actor });
  return trigger === undefined
    ? leave("no_trigger")
    : fire({
        state,
        alert,
        trigger,
        policy,
        now,
        actor,
        receivedAt: receivedAt ?? null,
        evidence,
        unread,
        late: null,
      });
}

/**
 * More comes before again: an alert that is known may ask for more than it did, because its policy was edited
 * during the incident.
 */
function fire(alertCase: AlertCase): Decision {
  const { state, alert, trigger } = alertCase;
  const open = state.rollback;
  if (isSettled(state, alert, trigger)) return again(alertCase, null);
  const late = lateFiring(alertCase);
  if (late !== null && typeof late !== "string") return late;
  const found = late === null ? alertCase : { ...alertCase, late };
  if (open === null) return begin(found);
  if (isMoreSevere(trigger.tier, open.tier) || namesMore(found, open)) return escalate(found, open);
  if (isTracked(found)) return again(found, open);
  const { suspects } = trigger;
  if (suspects?.withoutSuspect === "page" && raisedBefore(found, suspects).length === 0)
    return keptBackAsUnrelated(found, suspects);
  return absorb(found, open);
}

/** It is known, and goes on. */
function again({ state, alert, trigger }: AlertCase, open: Rollback | null): Decision {
  return { ...leave("duplicate", trigger.tier, open?.id), changes: firesOn(state, alert) };
}

/** Whom it might be blamed on, met by somebody still or turned down already. */
function raisedBefore(
  { state, alert, policy, now }: AlertCase,
  suspects: SuspectsPolicy,
): readonly Suspect[] {
  return accusedOf(state, suspects, Math.min(alert.startsAt, now), policy);
}

/** An equal or milder tier is covered by the running one, unless it names a flag that is still on. */
function namesMore({ state, trigger, policy }: AlertCase, open: Rollback): boolean {
  if (trigger.flags.every((flag) => open.flags.includes(flag))) return false;
  const request = { tier: open.tier, flags: trigger.flags, snapshot: state.snapshot };
  return planTier(request, settingsOf(policy.flags, state.flags), policy).length > 0;
}

function begin(found: AlertCase): Decision {
  const { state, alert, policy, now, actor } = found;
  const same = rollbackOfSame(found);
  if (same !== null) return goOn(found, same);
  const cold = cooldownOf(state.past, alert.name, policy, now);
  const first = firstStep(found);
  const last = cooldownSince(state.past, alert.name);
  if (cold !== null && ("keptBack" in first || !mayTakeBack(found, first, last)))
    return keptBackByCooldown(found, cold);
  if ("keptBack" in first) return first.keptBack;
  const until = stormAgainst(state.past, first.tier, policy, now);
  if (until !== null && !mayTakeBack(found, first, stormSince(state.past, policy, now)))
    return keptBackByStorm(found, until);
  const { detail, ...what } = first;
  const beginning = {
    ...what,
    trigger: alert.name,
    startedBy: actor,
    alertStartedAt: alert.startsAt,
    receivedAt: found.receivedAt,
  };
  return rollFor(found, newRollback(state, beginning, now), "rolled_back", detail);
}

function mayTakeBack({ state, alert, policy }: AlertCase, first: FirstStep, since: Instant): boolean {
  return takesBack(state, first, policy, since, keptAs(state, alert)?.startsAt ?? null);
}

type FirstStep = Pick<Rollback, "tier" | "flags" | "suspects"> & { readonly detail: string };

function firstStep(found: AlertCase): FirstStep | { readonly keptBack: Decision } {
  const { state, alert, trigger, policy } = found;
  const { tier, flags, suspects: wanted } = trigger;
  if (wanted === null) return { tier, flags, suspects: [], detail: isFiring(alert) };
  const suspects = suspectsOf(state, wanted, Math.min(alert.startsAt, found.now), policy);
  const [first, ...later] = stepsOf(suspects, wanted);
  if (first !== undefined)
    return {
      tier,
      flags: first,
      suspects: later,
      detail: `${isFiring(alert)}; ${blames(suspects, wanted, alert)}`,
    };
  if (wanted.withoutSuspect === "page") return { keptBack: keptBackAsUnrelated(found, wanted) };
  // The tier flag is not the most severe one, so there is a next one.
  const instead = nextTier(state, trigger, policy) as TierName;
  return {
    tier: instead,
    flags,
    suspects: [],
    detail: `${notCausedByAChange(found, wanted)}; ${instead} instead`,
  };
}

function blames(suspects: readonly Suspect[], { atOnce }: SuspectsPolicy, alert: Alert): string {
  const next = suspects.slice(atOnce).map(({ flag }) => flag);
  return `blamed on ${accusation(suspects.slice(0, atOnce), alert.startsAt)}${next.length === 0 ? "" : `; where that does not help: ${next.join(", ")}`}`;
}

function isFiring({ name }: Alert): string {
  return `${name} is firing`;
}

function escalate(found: AlertCase, open: Rollback): Decision {
  const rollback = joinedBy(moreSevere(open, found.trigger, found.now), found.alert.name);
  return rollFor(found, rollback, "escalated", isFiring(found.alert));
}

function rollFor(
  found: AlertCase,
  rollback: Rollback,
  kind: "rolled_back" | "escalated",
  detail: string,
): Decision {
  const { state, alert, trigger, policy, now, actor, unread = null } = found;
  if (unread === "to be asked") return { ...leave("duplicate", trigger.tier), asks: "unread" };
  if (unread !== null) return keptBackAsBlind(found, unread);
  const decision = roll({
    state,
    policy,
    now,
    rollback,
    kind,
    actor,
    detail: found.late === null ? detail : `${detail}; ${found.late}`,
    told: { tier: kind === "rolled_back" ? rollback.tier : trigger.tier, alert: alertWithTexts(alert) },
    more: track(found),
    alert: alert.name,
  });
  return { ...decision, messages: [...decision.messages, ...noLongerKept(found, decision.events)] };
}

/** That nothing was turned down for it is not true any more. */
function noLongerKept({ state, alert }: AlertCase, [event]: readonly EventBody[]): readonly Message[] {
  const key = keyOf(alert);
  return event === undefined || !state.kept.has(key) ? [] : keptIsOver({ state, event, key }, alert.name);
}

function absorb(found: AlertCase, open: Rollback): Decision {
  if (found.state.alerts.size >= MAX_TRACKED_ALERTS) return leave("absorbed", found.trigger.tier, open.id);
  const { state, alert, trigger, policy, now, actor } = found;
  const back = isBackIn(state, keyOf(alert), policy, now) ? comesAndGoes(alert.name, policy) : null;
  const event = eventOf({
    at: now,
    actor,
    reason: "absorbed",
    rollback: open.id,
    tier: trigger.tier,
    alert: alertTold(alert),
    detail: back === null || found.late === null ? (back ?? found.late) : `${back}; ${found.late}`,
  });
  const detail = `${alert.name} fires now: it is verified again`;
  const messages = open.status === "verified" ? [reopened(found, open, detail)] : [];
  return decided(
    event,
    [...track(found), ...waitedFor(found, open)],
    [...messages, ...noLongerKept(found, [event])],
  );
}

/**
 * What had helped may not help any more: it is verified again. Its suspects come behind those that are turned off next
 * already: what is off by now may cure both. Checks before it still count, since each looks at every alert that fires by then.
 */
function waitedFor(found: AlertCase, open: Rollback): StateChange[] {
  const { state, alert, policy, now } = found;
  const suspects = moreSuspects(found, open);
  const joined = joinedBy(open, alert.name);
  const next = suspects.length === 0 ? joined : { ...joined, suspects: [...open.suspects, ...suspects] };
  if (open.status === "verified")
    return [
      { kind: "rollback", value: { ...next, status: "verifying", verifiedAt: null } },
      { kind: "verification", value: startVerification(policy.verify, state.verification, now) },
    ];
  return next === open ? [] : [{ kind: "rollback", value: next }];
}

function moreSuspects({ state, alert, trigger, policy, now }: AlertCase, open: Rollback): Step[] {
  if (trigger.suspects === null || open.tier !== trigger.tier) return [];
  const known = new Set([...open.flags, ...open.suspects.flat()]);
  const suspects = suspectsOf(state, trigger.suspects, Math.min(alert.startsAt, now), policy);
  return stepsOf(
    suspects.filter(({ flag }) => !known.has(flag)),
    trigger.suspects,
  );
}
