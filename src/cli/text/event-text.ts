import type { EventView, UnchangedView } from "../../app/describe-event.ts";
import { changesInline } from "./changes-text.ts";
import { forPeople } from "./printable.ts";
import { arrow, type Colour, type Style } from "./style.ts";
import { clockTime } from "./times.ts";

const COLOURS: Partial<Readonly<Record<EventView["reason"], Colour>>> = {
  rolled_back: "red",
  verification_failed: "red",
  unverified: "red",
  storm_breaker: "red",
  escalated: "red",
  aborted: "red",
  held: "yellow",
  paused: "yellow",
  promoted: "green",
  approved: "green",
  completed: "green",
  verified: "green",
};

/** Letters of the longest reason that is usual. */
const REASON_WIDTH = 12;

/** An event on one line: when, which, what, who, why, and what it changed. */
export function eventLine(event: EventView, style: Style): string {
  const { at, revision, reason } = forPeople(event);
  const colour = COLOURS[reason];
  const word = reason.padEnd(REASON_WIDTH);
  return [
    clockTime(at),
    String(revision).padStart(5),
    colour === undefined ? word : style.paint[colour](word),
    eventText(event, style),
  ].join("  ");
}

/** What was decided on alerts before an event, and changed nothing: why not more. */
export function unchangedLines(unchanged: readonly UnchangedView[], style: Style): string[] {
  return unchanged.map((one) => {
    const { alert, reason, tier, rollback, times, lastAt } = forPeople(one);
    const about = [...(tier === null ? [] : [`(${tier})`]), ...(rollback === null ? [] : [rollback])].join(
      " ",
    );
    const count = times === 1 ? "" : `, ${times} times`;
    return style.paint.dim(
      `${clockTime(lastAt)}      -  ${reason.padEnd(REASON_WIDTH)}  ${alert} ${about}${count}: nothing changed`,
    );
  });
}

/** Who, why, and what it changed. */
export function eventText(event: EventView, style: Style): string {
  const { actor, flags, traffic } = forPeople(event);
  const moved =
    traffic !== null && traffic.before !== traffic.after
      ? [`traffic ${traffic.before} ${arrow(style)} ${traffic.after} %`]
      : [];
  const told = [
    whyOf(forPeople(event)),
    ...moved,
    ...(flags.length === 0 ? [] : [changesInline(flags, style)]),
  ];
  return `${actor}: ${told.join("; ")}`;
}

/** The event's own words, or the alert's name; then which rollback it is about. */
function whyOf({ actor, detail, alert, tier, rollback, ended }: EventView): string {
  const by = `by ${actor}: `;
  const words = (detail?.startsWith(by) ? detail.slice(by.length) : detail) ?? alert?.name;
  return [
    ...(words === undefined ? [] : [words]),
    ...(tier === null ? [] : [`(${tier})`]),
    ...(rollback === null ? [] : [ended ? `ends ${rollback}` : rollback]),
  ].join(" ");
}
