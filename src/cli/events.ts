import { parseArgs } from "node:util";
import type { EventView, UnchangedView } from "../app/describe-event.ts";
import { clientOf, fetchApplication, pathOf } from "./applications.ts";
import type { Command } from "./command.ts";
import { endOf } from "./end-of.ts";
import { followLedger, type LedgerGap } from "./follow-ledger.ts";
import { type ExitCode, type Io, lines } from "./io.ts";
import { wholeNumberOf } from "./numbers.ts";
import type { ServerClient } from "./server-client.ts";
import { clockOf } from "./system-clock.ts";
import { eventLine, unchangedLines } from "./text/event-text.ts";
import { gapLine } from "./text/gap-text.ts";
import { json, printable } from "./text/printable.ts";
import { styleOf } from "./text/style.ts";

/** How many of the newest events are shown when nothing else is said. */
const NEWEST = 20;
/** What the server gives at once. */
const MOST_AT_ONCE = 1_000;

const help = lines(
  "usage: rollguard events [--follow] [--after N] [--limit N] [--application NAME] [--json]",
  "",
  "The ledger, one event a line: time, number, what, who, why, and flags and traffic before and after.",
  `Without --after: the newest ${NEWEST}.`,
  "",
  "  --follow             goes on with what happens from now on, until Ctrl-C; when the server is away it waits",
  "                       for it; it misses nothing, or says which numbers",
  "  --after N            from the event behind number N; 0: from the first one",
  "  --limit N            at most so many; with --after the oldest ones, without it the newest ones",
  "  --application NAME   needed when there are several",
  "  --json               each event as JSON on one line",
);

export const events: Command = {
  help,
  async run(argv, io) {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        follow: { type: "boolean" },
        after: { type: "string" },
        limit: { type: "string" },
        application: { type: "string" },
        json: { type: "boolean" },
      },
    });
    const after = wholeNumberOf("after", values.after, 0);
    const limit = wholeNumberOf("limit", values.limit, 1);
    const client = clientOf(io);
    const { application, revision } = await fetchApplication(client, values.application);
    const style = styleOf(io);
    const print: Print = {
      event: (event) =>
        io.stdout(
          values.json
            ? lines(json(event))
            : lines(...unchangedLines(event.unchanged, style), eventLine(event, style)),
        ),
      gap: (gap) => io.stderr(lines(gapLine(application, gap))),
    };
    // Numbers have no gaps, but the oldest ones may have left: the newest ones are known by them.
    const from = after ?? Math.max(0, revision - (limit ?? NEWEST));
    const most = limit ?? Number.POSITIVE_INFINITY;
    const { last, unchanged } = await printPages(client, application, from, most, print);
    if (!values.json) for (const line of unchangedLines(unchanged, style)) io.stdout(lines(line));
    if (last === from && !values.follow)
      io.stderr(lines(printable(`${application}: no events behind number ${from}`)));
    return values.follow ? await follow({ client, application, after: last, print, io }) : 0;
  },
};

interface Print {
  event(event: EventView): void;
  gap(gap: LedgerGap): void;
}

interface EventsPage {
  readonly revision: number;
  readonly archive: string | null;
  readonly events: readonly EventView[];
  /** Since the last event of all. */
  readonly unchanged: readonly UnchangedView[];
}

/** @returns the number of the last event that was printed, and what was decided behind it and changed nothing */
async function printPages(
  client: ServerClient,
  application: string,
  from: number,
  most: number,
  print: Print,
): Promise<{ readonly last: number; readonly unchanged: readonly UnchangedView[] }> {
  let after = from;
  let left = most;
  for (;;) {
    const limit = Math.min(left, MOST_AT_ONCE);
    const page = await client.get<EventsPage>(pathOf(application, `/events?after=${after}&limit=${limit}`));
    const oldest = page.events[0]?.revision ?? after + 1;
    if (oldest > after + 1) print.gap({ from: after + 1, to: oldest - 1, archive: page.archive });
    page.events.forEach(print.event);
    after = page.events.at(-1)?.revision ?? after;
    left -= page.events.length;
    if (after >= page.revision) return { last: after, unchanged: page.unchanged };
    if (left <= 0 || page.events.length < limit) return { last: after, unchanged: [] };
  }
}

interface Follow {
  readonly client: ServerClient;
  readonly application: string;
  readonly after: number;
  readonly print: Print;
  readonly io: Io;
}

async function follow({ client, application, after, print, io }: Follow): Promise<ExitCode> {
  const news = followLedger({ client, application, after, clock: clockOf(io), signal: endOf(io) });
  for await (const each of news) {
    if (each.kind === "event") print.event(each.event);
    else if (each.kind === "gap") print.gap(each.gap);
    else if (each.kind === "away") io.stderr(lines(`${printable(each.why)}: waiting for it to come back`));
    else io.stderr(lines("the server is back: it goes on where it was"));
  }
  return 0;
}
