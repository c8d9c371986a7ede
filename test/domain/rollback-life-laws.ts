import type { Command } from "../../src/domain/command.ts";
import type { Decision } from "../../src/domain/decision.ts";
import { exposuresOf, type FlagSetting, reachesOf, settingsOf } from "../../src/domain/flag.ts";
import { planTier } from "../../src/domain/plan-tier.ts";
import type { Policy } from "../../src/domain/policy.ts";
import { isActive } from "../../src/domain/rollout.ts";
import { type ApplicationState, isNote } from "../../src/domain/state.ts";
import type { Instant } from "../../src/domain/time.ts";
import { must } from "./must.ts";
import { begin, severity } from "./rollback-begin-laws.ts";

/** A decision, with the states on both sides of it. */
export interface Step {
  readonly before: ApplicationState;
  readonly after: ApplicationState;
  readonly command: Command;
  readonly decision: Decision;
  readonly policy: Policy;
  readonly now: Instant;
}

/** What holds of every decision, whatever it is about. @throws Error that names the law */
export function expectLawfulLife(step: Step): void {
  for (const law of [
    books,
    shape,
    exposure,
    raised,
    turnedDown,
    quarantine,
    begin,
    severity,
    verdicts,
    end,
    late,
  ])
    law(step);
}

function books({ before, after, decision, command, now }: Step): void {
  const { events, changes, messages, reason } = decision;
  must(after.revision === before.revision + events.length, "the revision is the number of events");
  if (events.length === 0)
    must(changes.every(isNote) && messages.length === 0, "what changes without an event is a note");
  must(events.length <= 1 || reason === "verification_failed", "one event, or a failure and what follows");
  must(
    events.every(({ at }) => at === now) && (events.length === 0 || events[0]?.reason === reason),
    "the event tells",
  );
  if (reason === "refused")
    must(changes.length === 0 && decision.detail !== null, "a refusal changes nothing");
  if (command.type === "committed" || command.type === "propagated")
    must(reason === null && events.length === 0, "what only tells of a commit is a note");
}

/** What is true of any state. */
function shape({ after: { rollback, verification, alerts, past, rollout, bake, revision } }: Step): void {
  must(!(rollback !== null && isActive(rollout)), "while a rollback is open no rollout is active");
  must((rollback === null) === (verification === null), "what is open is verified, and only that");
  must(isActive(rollout) === (bake !== null), "what is active bakes");
  if (rollback === null) must(alerts.size === 0, "alerts are waited for by a rollback only");
  else {
    must((rollback.status === "verified") === (rollback.verifiedAt !== null), "verified has a time");
    must(!(alerts.size === 0 && rollback.status === "verified"), "what is over is not open");
    must(rollback.status !== "failed" || rollback.tier === "emergency", "only the most severe tier fails");
    must(rollback.firstRevision <= revision, "it began");
  }
  must(
    past.length <= 50 && new Set(past.map(({ id }) => id)).size === past.length,
    "each is remembered once",
  );
  let last = 0;
  for (const one of past) {
    must(one.firstRevision > last && one.lastRevision > one.firstRevision, "one after the other");
    must(one.endedAt >= one.startedAt && one.id !== rollback?.id, "what is past has ended");
    last = one.lastRevision;
  }
  must(rollback === null || rollback.firstRevision > last, "one at a time");
}

function raises({ command, decision }: Step): boolean {
  switch (command.type) {
    case "deploy":
    case "retry":
    case "restore":
    case "approve":
      return decision.reason !== "refused";
    case "check":
      return decision.reason === "promoted";
    case "shutdown":
      return !command.on;
    default:
      return false;
  }
}

/** Of users: the kill switch itself is not what they meet. */
function exposure(step: Step): void {
  if (raises(step)) return;
  const { before, after, policy } = step;
  const was = exposuresOf(policy.flags, settingsOf(policy.flags, before.flags));
  const is = exposuresOf(policy.flags, settingsOf(policy.flags, after.flags));
  for (const [key, { kind }] of policy.flags)
    must(kind === "kill-switch" || share(is, key) <= share(was, key), `exposure of ${key} rises`);
}

/** What more users meet is noted, and nothing else. */
function raised({ before, after, policy, now, decision }: Step): void {
  const was = reachesOf(policy.flags, settingsOf(policy.flags, before.flags));
  const is = reachesOf(policy.flags, settingsOf(policy.flags, after.flags));
  for (const key of policy.flags.keys()) {
    const note = after.raised.get(key);
    const isMet = policy.flags.get(key)?.kind !== "kill-switch";
    if (isMet && share(is, key) > share(was, key))
      must(note?.at === now && note.by === decision.events[0]?.actor, `the raise of ${key} is noted`);
    else must(note === before.raised.get(key), `no raise of ${key} is noted`);
  }
}

export function share(exposures: ReadonlyMap<string, number>, key: string): number {
  return exposures.get(key) ?? 0;
}

const ROLLED = ["rolled_back", "already_rolled_back", "escalated"];

function turnedDown({ before, after, decision, policy, command }: Step): void {
  const rolled = decision.events.find(({ reason }) => ROLLED.includes(reason));
  if (command.type === "alert" && command.alert.status === "resolved")
    must(
      decision.changes.every(({ kind }) => kind !== "flag"),
      "what resolves moves no flag",
    );
  if (rolled === undefined) return;
  for (const { flag } of rolled.flags) {
    const found = policy.flags.get(flag);
    must(found?.protected === false && found.kind !== "operational", `${flag} is not to be touched`);
  }
  const open = after.rollback;
  must(open !== null && open.status === "verifying", "what was turned down is verified");
  const left = planTier({ ...open, snapshot: after.snapshot }, settingsOf(policy.flags, after.flags), policy);
  must(left.length === 0, "a tier leaves nothing of itself to be done");
  must(
    rolled.reason !== "rolled_back" || rolled.flags.length > 0 || rolled.rollout !== null,
    "a rollback turns something down, or ends a rollout",
  );
  const had = before.rollback?.id === open.id && before.rollback.withoutEffect !== true;
  const has = rolled.flags.length > 0 || rolled.rollout !== null;
  must((open.withoutEffect !== true) === (had || has), "whether it had an effect is known");
  must(
    decision.messages.every(({ quiet }) => quiet !== true || rolled.reason === "already_rolled_back"),
    "people are told of what was turned down",
  );
  must(
    rolled.flags.every(
      ({ flag }) =>
        policy.flags.get(flag)?.kind !== "release" || after.flags.get(flag)?.quarantinedBy === open.id,
    ),
    "what is turned down is in its quarantine",
  );
}

function quarantine({ before, after, command, decision }: Step): void {
  const mayFree = "acknowledge" in command && command.acknowledge;
  for (const [key, was] of before.flags) {
    const is = after.flags.get(key);
    if (was.quarantinedBy === null || is === undefined) continue;
    const isFree = is.quarantinedBy === null;
    const isAcknowledged = command.type === "acknowledge" && command.rollback === was.quarantinedBy;
    must(!isFree || mayFree || isAcknowledged, "out of quarantine only by an operator's word");
    must(sizeOf(is) <= sizeOf(was) || (isFree && mayFree), "nothing in quarantine is raised");
  }
  if (command.type !== "acknowledge") return;
  if (decision.reason === "refused") return;
  const flags = decision.changes.flatMap((change) => (change.kind === "flag" ? [change] : []));
  must(
    flags.every(({ key, value }) => sizeOf(value) === sizeOf(before.flags.get(key))),
    "to acknowledge raises nothing",
  );
  const kept = [...after.flags.values()].some(({ quarantinedBy }) => quarantinedBy === command.rollback);
  must(
    !kept && after.rollback?.id !== command.rollback,
    "what is acknowledged is closed, and out of quarantine",
  );
}

function sizeOf(setting: FlagSetting | undefined): number {
  return setting?.enabled ? setting.rolloutPercentage : 0;
}

const VERDICTS = ["verified", "verification_failed", "unverified", "reopened"];

function verdicts({ before, after, decision, command, policy, now }: Step): void {
  const { reason, messages } = decision;
  const { verification } = before;
  if (!VERDICTS.includes(reason ?? "")) {
    if (command.type === "verify")
      must(before.rollback?.status === after.rollback?.status, "no status without a verdict");
    return;
  }
  must(command.type === "verify" && verification !== null, "a verdict is that of a check");
  must(now >= verification.since + policy.verify.startAfter, "not before its time");
  if (reason === "reopened") {
    must(
      before.rollback?.status === "verified" && after.rollback?.status === "verifying",
      "what had helped may be red again: it is verified again",
    );
    must(sameFlags(before, after) && messages.every(({ page }) => !page), "and nobody is called for that");
    return;
  }
  must(before.rollback?.status !== "verified", "once");
  if (reason === "verified") return;
  const found = before.rollback?.status === "unverified" && reason === "verification_failed";
  must(before.rollback?.status === "verifying" || found, "no verdict but a good one is changed again");
  must(now >= verification.since + policy.verify.giveUpAfter, "not before time is up");
  if (reason === "unverified" || after.rollback?.status === "failed")
    must(messages.some(({ page }) => page) && sameFlags(before, after), "people are called, and no more");
}

/** What ended before what is held began ends nothing. */
function late({ before, command, decision }: Step): void {
  if (command.type !== "alert" || command.alert.status !== "resolved") return;
  const { fingerprint, name, startsAt, endsAt = startsAt } = command.alert;
  const key = `${fingerprint}:${name}`;
  const held = before.alerts.get(key) ?? before.kept.get(key);
  const since = before.pulses.get(key)?.startsAt ?? held?.startsAt ?? 0;
  if (endsAt < since) must(decision.changes.length === 0, "an end that comes late ends nothing");
}

function sameFlags(before: ApplicationState, after: ApplicationState): boolean {
  return [...after.flags].every(([key, value]) => before.flags.get(key) === value);
}

function end({ before, after, decision, command }: Step): void {
  const hasEnded = before.rollback !== null && after.rollback?.id !== before.rollback.id;
  must(hasEnded === decision.events.some(({ ended }) => ended), "an end is told");
  if (!hasEnded) return;
  const last = after.past.at(-1);
  must(
    last?.id === before.rollback.id && last.lastRevision === after.revision,
    "what has ended is remembered",
  );
  must(
    command.type === "acknowledge" || last.status === "verified",
    "it ends when it has helped, or by word",
  );
}
