import type { LedgerEvent } from "../../domain/event.ts";
import type { Policy } from "../../domain/policy.ts";
import type { PastRollback, Rollback } from "../../domain/rollback.ts";
import type { ApplicationState } from "../../domain/state.ts";
import { TIER_NAMES } from "../../domain/tier.ts";
import { addUp } from "../../domain/unchanged.ts";
import { whyUnverified } from "../why-unverified.ts";
import type { NotDone } from "./report.ts";
import type { RollbackStory } from "./rollback-story.ts";
import { isEndedUnjudged } from "./rollbacks-in.ts";

interface Sources {
  readonly policy: Policy;
  readonly state: ApplicationState;
  readonly rollback: Rollback | PastRollback;
  readonly story: RollbackStory;
}

/** What was asked for meanwhile, or could have been done, and was not; and why. */
export function notDoneOf(sources: Sources): NotDone[] {
  const { rollback, story, state } = sources;
  const { events } = story;
  const own = events.filter(({ rollback: id }) => id === rollback.id);
  const isOpen = state.rollback?.id === rollback.id;
  const counted = addUp(story.unchanged, [
    ...events.flatMap(({ unchanged }) => unchanged ?? []),
    ...(isOpen ? state.unchanged : []),
  ]);
  return [
    ...absorbed(own, rollback.tier, story.absorbed),
    ...counted
      .filter(({ rollback: id, reason }) => id === null || id === rollback.id || reason !== "duplicate")
      .map(({ alert, reason, times }) => ({
        what: `nothing was done for ${alert}`,
        why: WHY[reason] ?? reason.replaceAll("_", " "),
        times,
      })),
    ...keptBack(events),
    ...masked(own),
    ...untouched(sources),
    ...notTried(rollback),
  ];
}

const WHY: Readonly<Record<string, string>> = {
  duplicate: "it was known already",
  absorbed: "the rollback covered it already",
  no_trigger: "no tier of the policy names it",
  cooldown: "its last rollback had ended not long before",
  storm_breaker: "the storm breaker was open",
  already_rolled_back: "nothing was left to turn down",
  resolved: "it resolved, and nothing waited for it; resolved alerts raise nothing",
};

/** Alerts that joined it: each name once. */
function absorbed(own: readonly LedgerEvent[], tier: string, leftOut: RollbackStory["absorbed"]): NotDone[] {
  const times = new Map(leftOut);
  for (const { reason, alert } of own)
    if (reason === "absorbed" && alert !== null) times.set(alert.name, (times.get(alert.name) ?? 0) + 1);
  return [...times].map(([alert, count]) => ({
    what: `${alert} turned nothing more down`,
    why: `it asked for no more than ${tier}, which was done; the rollback waits for it too`,
    times: count,
  }));
}

function keptBack(events: readonly LedgerEvent[]): NotDone[] {
  return events
    .filter(
      ({ reason, alert }) =>
        alert !== null && (reason === "storm_breaker" || reason === "cooldown" || reason === "held"),
    )
    .map(({ alert, detail, reason }) => ({
      what: `${alert?.name} was kept back`,
      why: detail ?? reason.replaceAll("_", " "),
      times: 1,
    }));
}

/** What an environment override keeps on is in the words of the event that turned it down. */
function masked(own: readonly LedgerEvent[]): NotDone[] {
  const texts = own.flatMap(({ detail }) => {
    const [, mask] =
      /; but ((?:the environment override|environment overrides) .*)$/s.exec(detail ?? "") ?? [];
    return mask === undefined ? [] : [mask];
  });
  return [...new Set(texts)].map((why) => ({
    what: "not everything that was turned down is off for users",
    why,
    times: null,
  }));
}

/** Of the tier's phases what no rollback may touch. */
function untouched({ policy, rollback }: Sources): NotDone[] {
  const upTo = TIER_NAMES.slice(0, TIER_NAMES.indexOf(rollback.tier) + 1);
  const phases = new Set(upTo.flatMap((tier) => policy.tiers[tier].phases));
  const kept = [...policy.flags.values()].filter(
    (flag) => flag.protected && flag.phase !== null && phases.has(flag.phase),
  );
  return kept.length === 0
    ? []
    : [
        {
          what: `${kept.map(({ key }) => key).join(", ")} left as it was`,
          why: "protected: no rollback touches it",
          times: null,
        },
      ];
}

function notTried(rollback: Rollback | PastRollback): NotDone[] {
  const { tier, status } = rollback;
  const more = TIER_NAMES.slice(TIER_NAMES.indexOf(tier) + 1);
  if (more.length === 0) return [];
  const why =
    status === "verified"
      ? `${tier} was seen to have helped`
      : status === "unverified"
        ? `it is not known whether more was needed, and nothing is turned down on that: ${whyUnverified(rollback)}`
        : isEndedUnjudged(rollback)
          ? "an operator ended it before there was a verdict"
          : "there is no verdict yet: the next tier follows by itself where this one does not help";
  return [{ what: `${more.join(", ")} not tried`, why, times: null }];
}
