import type { SuspectsPolicy } from "../../src/domain/alert.ts";
import { decide } from "../../src/domain/decide.ts";
import { reachesOf, settingsOf } from "../../src/domain/flag.ts";
import { isActive } from "../../src/domain/rollout.ts";
import { TIER_NAMES, type TierName } from "../../src/domain/tier.ts";
import { must } from "./must.ts";
import { type Step, share } from "./rollback-life-laws.ts";

/** What lets a rollback begin, and what keeps it back. */
export function begin(step: Step): void {
  const { before, after, decision, command, policy, now } = step;
  const { reason } = decision;
  if (reason === "rolled_back" || reason === "already_rolled_back")
    must(before.rollback === null && after.rollback?.firstRevision === after.revision, "one at a time");
  if (command.type !== "alert") return;
  const { alert } = command;
  const trigger = policy.triggers.get(alert.name);
  if (alert.status === "resolved" || trigger === undefined) {
    must(before.rollback !== null || after.rollback === null, "only a trigger that fires begins one");
    return;
  }
  const key = `${alert.fingerprint}:${alert.name}`;
  const ended = before.ended.get(key);
  const isOver = ended !== undefined && ended.rollback !== before.rollback?.id;
  const isLate = isOver && alert.startsAt <= ended.endedAt;
  const { evidence } = command;
  const mayBeLate = evidence === "to be asked" || evidence?.isFiring === false;
  if (isLate && mayBeLate) {
    must(reason === "duplicate" && after.rollback === before.rollback, "late news do not act");
    must(evidence !== "to be asked" || decision.asks === true, "it is asked before");
    return;
  }
  if (before.rollback !== null) {
    must(after.rollback?.id === before.rollback.id, "what fires while one is open joins it, or is kept back");
    return;
  }
  if (reason === "absorbed") {
    const last = before.past.at(-1);
    const its = [...before.ended.values()].filter(({ rollback }) => rollback === last?.id);
    const { holdDown } = policy.rollbacks;
    const isBack = ended !== undefined && ended.rollback === last?.id && now < ended.heardAt + holdDown;
    const isRedAgain =
      holdDown > 0 &&
      now < (last?.verifiedAt ?? 0) + 60 * 60_000 &&
      [last?.trigger, ...(last?.joined ?? [])].includes(alert.name);
    must(isBack || isRedAgain, "it comes back soon");
    must(
      its.length > 0 && (isBack ? [ended] : its).every(({ acknowledged }) => !acknowledged),
      "the last rollback was its own",
    );
    must(
      after.rollback?.id === last?.id && after.past.length === before.past.length - 1,
      "it is the same one",
    );
    must(
      decision.messages.every(({ page }) => !page),
      "nobody is paged for it",
    );
    return;
  }
  const known = before.kept.get(key);
  // An edited policy that blames nobody any more asks for what it did not before.
  const isTold = known?.why === "unrelated" && trigger.suspects !== null;
  const since = before.pulses.get(key)?.startsAt ?? known?.startsAt ?? 0;
  if ((known?.why === "acknowledged" || isTold) && alert.startsAt <= since) {
    must(reason === "duplicate", "what was acknowledged, or told, does nothing until it begins anew");
    return;
  }
  const { stormBreaker, cooldown } = policy.rollbacks;
  const last = before.past.findLast((one) => one.trigger === alert.name);
  const cools = last !== undefined && now < last.endedAt + cooldown && !takesBack(step, last.endedAt);
  const recent = before.past.filter(
    ({ startedAt, withoutEffect }) => withoutEffect !== true && startedAt > now - stormBreaker.within,
  );
  const isNew = recent.every(({ tier }) => severityOf(trigger.tier) > severityOf(tier));
  const begun = ["rolled_back", "already_rolled_back"];
  const isMany = recent.length >= stormBreaker.rollbacks && !isNew;
  const storm = isMany && !takesBack(step, recent[0]?.endedAt ?? 0);
  // What acts without a suspect is more severe than its trigger says.
  const mayAct = trigger.suspects?.withoutSuspect === "act";
  const stormy = mayAct ? ["storm_breaker", ...begun] : ["storm_breaker"];
  const expected = cools ? ["cooldown"] : storm ? stormy : begun;
  if (trigger.suspects !== null && !cools) {
    expectBlame(step, trigger.suspects);
    if (reason === "held") return;
  }
  must(expected.includes(reason ?? ""), `${alert.name} is ${reason}, not ${expected}`);
  if (reason !== "storm_breaker") return;
  must(after.storm?.triggers.includes(alert.name) === true, "who is kept back is known");
  const isKnown =
    before.storm !== null && before.storm.until > now && before.storm.triggers.includes(alert.name);
  must(decision.messages.length === (isKnown ? 0 : 1), "people are called once for each trigger");
  if (!isKnown)
    must(!isActive(after.rollout) || after.rollout.pausedAt !== null, "a rollout waits for people");
}

/**
 * Whether it would take back, were there neither breaker nor cooldown, what was raised since then; of an alert that people
 * were called for, only what they raised before it began.
 */
function takesBack({ before, command, policy, now }: Step, since: number): boolean {
  must(command.type === "alert", "an alert takes back");
  const { alert } = command;
  const rollbacks = { ...policy.rollbacks, cooldown: 0, stormBreaker: { rollbacks: 1_000, within: 1 } };
  const [event] = decide(before, command, { ...policy, rollbacks }, now).events;
  const settings = settingsOf(policy.flags, before.flags);
  const then = new Map([
    ...settings,
    ...(event?.flags ?? []).map(({ flag, after }) => [flag, after] as const),
  ]);
  const [was, is] = [reachesOf(policy.flags, settings), reachesOf(policy.flags, then)];
  const known = before.kept.get(`${alert.fingerprint}:${alert.name}`);
  const until = known !== undefined && alert.startsAt <= known.startsAt ? known.startsAt : Infinity;
  return [...before.raised].some(
    ([key, { at }]) => at >= since && at <= until && share(is, key) < share(was, key),
  );
}

/** Without anybody to blame it acts otherwise. */
function expectBlame(
  { before, after, decision, command, policy, now }: Step,
  suspects: SuspectsPolicy,
): void {
  must(command.type === "alert", "an alert blames");
  const startsAt = Math.min(command.alert.startsAt, now);
  const met = reachesOf(policy.flags, settingsOf(policy.flags, before.flags));
  const suspected = [...before.raised].filter(([key, { at }]) => {
    const flag = policy.flags.get(key);
    const isKnown = flag?.kind === "release" && !flag.protected;
    return isKnown && share(met, key) > 0 && at <= startsAt && at >= startsAt - suspects.window;
  });
  const { reason } = decision;
  must(
    reason !== "held" || (suspected.length === 0 && suspects.withoutSuspect === "page"),
    "whom to blame is known",
  );
  if (reason !== "rolled_back") return;
  const { tier, flags } = after.rollback ?? { tier: null, flags: [] };
  if (suspected.length === 0) {
    must(suspects.withoutSuspect === "act" && tier !== "flag", "without anybody to blame, the next tier");
    return;
  }
  must(tier === "flag" && flags.length > 0 && flags.length <= suspects.atOnce, "so many at once");
  must(
    flags.every((flag) => suspected.some(([key]) => key === flag)),
    "only who can be blamed is",
  );
}

function severityOf(tier: TierName): number {
  return TIER_NAMES.indexOf(tier);
}

export function severity({ before, after, decision }: Step): void {
  const [was, is] = [before.rollback, after.rollback];
  if (was === null || is === null || was.id !== is.id) return;
  must(severityOf(is.tier) >= severityOf(was.tier), "a rollback never grows milder");
  must(
    was.flags.every((flag) => is.flags.includes(flag)),
    "what was asked for stays so",
  );
  must(was.startedAt === is.startedAt && was.firstRevision === is.firstRevision, "its beginning stays");
  if (decision.reason === "verification_failed" && is.status !== "failed")
    must(
      (severityOf(is.tier) > severityOf(was.tier) ||
        (is.tier === "flag" &&
          is.flags.length > was.flags.length &&
          is.suspects.length < was.suspects.length)) &&
        is.status === "verifying",
      "the next tier is more severe, or the next suspect follows",
    );
}
