import type { EventView } from "../../app/describe-event.ts";
import { changesInline } from "./changes-text.ts";
import { forPeople } from "./printable.ts";
import { arrow, type Colour, type Style } from "./style.ts";
import { clockTime } from "./times.ts";

const COLOURS: Partial<Readonly<Record<EventView["reason"], Colour>>> = {
  rolled_back: "red",
  escalated: "red",
  aborted: "red",
  held: "yellow",
  paused: "yellow",
  promoted: "green",
  approved: "green",
  completed: "green",
};

/** Letters of the longest reason that is usual. */
const REASON_WIDTH = 12;

/** An event on one line: when, which, what, who, why, and what it changed. */
export function eventLine(event: EventView, style: Style): string {
  const { at, revision, reason, actor, flags, traffic } = forPeople(event);
  const colour = COLOURS[reason];
  const word = reason.padEnd(REASON_WIDTH);
  const moved =
    traffic !== null && traffic.before !== traffic.after
      ? [`traffic ${traffic.before} ${arrow(style)} ${traffic.after} %`]
      : [];
  const told = [
    whyOf(forPeople(event)),
    ...moved,
    ...(flags.length === 0 ? [] : [changesInline(flags, style)]),
  ];
  return [
    clockTime(at),
    String(revision).padStart(5),
    colour === undefined ? word : style.paint[colour](word),
    `${actor}: ${told.join("; ")}`,
  ].join("  ");
}

/** The event's own words; an alert's events say it with the alert. */
function whyOf({ detail, alert, tier, rollback, ended }: EventView): string {
  if (detail !== null && detail !== undefined) return detail;
  return [
    ...(alert === null ? [] : [alert.name]),
    ...(tier === null ? [] : [`(${tier})`]),
    ...(rollback === null ? [] : [ended ? `ends ${rollback}` : rollback]),
  ].join(" ");
}
