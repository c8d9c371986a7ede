import type { LedgerEvent } from "../../domain/event.ts";
import type { Instant } from "../../domain/time.ts";
import type { Point, Span } from "./measure-series.ts";

interface Move {
  readonly at: Instant;
  readonly before: number;
  readonly after: number;
}

/**
 * Percent of users from the beginning of a time to its end, as the ledger has it.
 * @param events from the beginning on, also those after its end
 * @param now what it is when no event tells
 */
export function trafficPoints(
  events: readonly LedgerEvent[],
  { from, to }: Span,
  now: number,
): readonly (Point & { readonly value: number })[] {
  const moves = events.flatMap(({ at, traffic }): Move[] => (traffic === null ? [] : [{ at, ...traffic }]));
  const later = moves.filter(({ at }) => at >= from);
  const before = moves.findLast(({ at }) => at < from)?.after ?? later[0]?.before ?? now;
  const within = later.filter((move) => move.at <= to && move.before !== move.after);
  const last = within.at(-1)?.after ?? before;
  return [
    { at: from, value: before },
    ...within.map(({ at, after }) => ({ at, value: after })),
    { at: to, value: last },
  ];
}

/** Since when it has been at least so much, without a break until the end; null: it is not. */
export function trafficSince(
  points: readonly (Point & { readonly value: number })[],
  least: number,
): Instant | null {
  const below = points.findLastIndex(({ value }) => value < least);
  return points[below + 1]?.at ?? null;
}
