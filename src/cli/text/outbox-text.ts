import type { OutboxEntryView, OutboxView } from "../../app/describe-outbox.ts";
import { forPeople } from "./printable.ts";
import type { Colour, Style } from "./style.ts";
import { arrow } from "./style.ts";
import { table } from "./table.ts";
import { clockTime, duration } from "./times.ts";

export interface OutboxAnswer extends OutboxView {
  readonly application: string;
}

const STATE_COLOURS: Readonly<Record<OutboxEntryView["state"], Colour | null>> = {
  waiting: null,
  leased: "cyan",
  retrying: "yellow",
  dead: "red",
};

interface OutboxScene {
  readonly style: Style;
  readonly now: number;
  /** Behind a command that is proposed: ` --application NAME`, where that was said. */
  readonly which: string;
}

/** What is in an outbox, one message a line, and what to do about it. */
export function outboxLines(answer: OutboxAnswer, { style, now, which }: OutboxScene): string[] {
  const { application, waiting, dead, oldestAt, entries } = forPeople(answer);
  const call = (command: string): string => style.paint.bold(`rollguard outbox ${command}${which}`);
  const late = oldestAt === null ? "" : `, the oldest for ${duration((now - Date.parse(oldestAt)) / 1_000)}`;
  const more = waiting + dead - entries.length;
  return [
    `${application}: ${waiting === 1 ? "1 message waits" : `${waiting} messages wait`}${late}; ${dead} dead`,
    ...(entries.length === 0 ? [] : indented(table([HEAD, ...entries.map((entry) => rowOf(entry, style))]))),
    ...(more > 0 ? [`  ${more} more; all of them: ${call("list --all")}`] : []),
    ...(dead > 0
      ? [
          `  ${arrow(style)} a dead one is not tried again by itself: mend its channel, then ${call("retry ID")}; give it up with ${call("drop ID")}`,
        ]
      : []),
  ];
}

const HEAD = ["ID", "CHANNEL", "SUBJECT", "KIND", "AT", "STATE", "ATTEMPT", "NEXT", "WHY"];

function rowOf(entry: OutboxEntryView, { paint }: Style): string[] {
  const { id, channel, subject, kind, at, state, attempt, until, why } = entry;
  const colour = STATE_COLOURS[state];
  return [
    id,
    channel ?? "-",
    subject,
    kind,
    clockTime(at),
    colour === null ? state : paint[colour](state),
    String(attempt),
    state === "dead" ? "never" : until === null ? "now" : clockTime(until),
    why ?? "",
  ];
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
