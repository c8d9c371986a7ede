import type { LedgerEvent } from "../../domain/event.ts";
import type { FlagSetting } from "../../domain/flag.ts";
import type { Instant } from "../../domain/time.ts";
import type { RollbackTimeline } from "../describe-rollback.ts";
import { rfc3339 } from "../rfc3339.ts";
import type { FlagRow, TimelineStep } from "./report.ts";
import { IN_STORMS } from "./rollback-story.ts";

/**
 * From the alert's beginning to the end: the ledger's events, and what only times tell of.
 * @param own events of the rollback, also those that came after its end
 * @param origin from which the seconds are counted
 * @param leftOut by revision: events of the same kind that were right before it
 */
export function incidentSteps(
  own: readonly LedgerEvent[],
  timeline: RollbackTimeline,
  origin: Instant,
  leftOut: ReadonlyMap<number, number>,
): TimelineStep[] {
  const { durations, startedAt, trigger, propagation, verification } = timeline;
  const begun = Date.parse(startedAt);
  const steps: Step[] = own.flatMap((event, index) => stepOf(event, index, own, leftOut));
  const add = (at: Instant, rank: number, what: string, text: string): void => {
    steps.push({ at, rank, what, by: null, text });
  };
  if (durations.detected !== null) {
    add(origin, 0, "firing", `${trigger} begins to fire`);
    add(origin + durations.detected * 1_000, 1, "received", `${trigger} comes here`);
  }
  const committedAt = begun + (durations.committed ?? 0) * 1_000;
  if (durations.committed !== null)
    add(committedAt, 3, "stored", "every client that asks gets the new flags");
  if (propagation !== null && propagation.clients > 0) {
    const { clients, reached, seconds, waitedSeconds } = propagation;
    const took = reached < clients ? waitedSeconds : (seconds ?? 0);
    add(committedAt + took * 1_000, 4, "propagated", `to ${reached} of ${clients} connected clients`);
  }
  const last = verification?.last ?? null;
  if (last !== null)
    add(Date.parse(last.at), 5, "checked", [last.verdict.replace("_", " "), ...last.why].join(": "));
  steps.sort((a, b) => a.at - b.at || a.rank - b.rank);
  return steps.map(({ at, what, by, text }) => ({
    at: rfc3339(at),
    afterSeconds: Math.round(at - origin) / 1_000,
    what,
    by,
    text,
  }));
}

interface Step {
  readonly at: Instant;
  /** What happened in the same millisecond still has an order. */
  readonly rank: number;
  readonly what: string;
  readonly by: string | null;
  readonly text: string;
}

function stepOf(
  event: LedgerEvent,
  index: number,
  own: readonly LedgerEvent[],
  leftOut: ReadonlyMap<number, number>,
): Step[] {
  const { at, reason, actor } = event;
  const step = (text: string): Step[] => [{ at, rank: 2, what: reason, by: actor, text }];
  if (!IN_STORMS.has(reason) || own[index - 1]?.reason !== reason) return step(textOf(event));
  if (own[index + 1]?.reason === reason && !event.ended) return [];
  const run = own.slice(0, index + 1).findLastIndex((each) => each.reason !== reason);
  const more = index - run - 1 + (leftOut.get(event.revision) ?? 0);
  return step(more === 1 ? textOf(event) : `and ${more} more; the last one: ${textOf(event)}`);
}

function textOf({ detail, alert, tier, ended, flags, traffic }: LedgerEvent): string {
  const moved =
    traffic === null || traffic.before === traffic.after
      ? []
      : [`traffic ${traffic.before} → ${traffic.after} %`];
  const changed = flags.map(
    ({ flag, before, after }) => `${flag} ${settingText(before)} → ${settingText(after)}`,
  );
  const about = detail ?? alert?.name ?? "";
  return [
    `${about}${tier === null ? "" : ` (${tier})`}`.trim(),
    ...moved,
    ...(changed.length === 0 ? [] : [changed.join(", ")]),
    ...(ended ? ["the rollback ends"] : []),
  ]
    .filter((text) => text !== "")
    .join("; ");
}

/** From what each flag was first to what the rollback made of it at last. */
export function flagRows(own: readonly LedgerEvent[]): FlagRow[] {
  const rows = new Map<string, FlagRow>();
  for (const { flag, before, after } of own.flatMap(({ flags }) => flags)) {
    const first = rows.get(flag)?.before ?? settingText(before);
    rows.set(flag, { flag, before: first, after: settingText(after) });
  }
  return [...rows.values()];
}

function settingText({ enabled, rolloutPercentage }: FlagSetting): string {
  return enabled ? `${rolloutPercentage} %` : "off";
}
