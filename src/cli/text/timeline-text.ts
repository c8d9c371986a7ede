import type { EventView } from "../../app/describe-event.ts";
import type { DurationsView, RollbackTimeline } from "../../app/describe-rollback.ts";
import { eventText } from "./event-text.ts";
import { forPeople } from "./printable.ts";
import { becauseOf, statusText } from "./rollback-list-text.ts";
import { verificationLines } from "./rollback-status-text.ts";
import type { Scene } from "./scene.ts";
import type { Style } from "./style.ts";
import { table } from "./table.ts";
import { clockTime, duration } from "./times.ts";

type TimelineScene = Pick<Scene, "style" | "now" | "several">;

/** One rollback from the alert's start to its end: every step, what it took, and whether it has helped. */
export function timelineLines(
  answer: RollbackTimeline & { readonly application: string },
  scene: TimelineScene,
): string[] {
  const timeline = forPeople(answer);
  const { application, id, tier, startedAt, endedAt } = timeline;
  const { style } = scene;
  const end = endedAt === null ? "open" : `ended ${clockTime(endedAt)}`;
  return [
    `${style.paint.bold(`${application}: rollback ${id}`)}: ${tier}, ${statusText(timeline, style)}, ${end}`,
    `  begun ${clockTime(startedAt)} because of ${becauseOf(timeline)}`,
    ...verificationLines({ application, rollback: timeline, timeline, alerts: null }, scene).map(
      (line) => `  ${line}`,
    ),
    "",
    "  what it took:",
    ...durationLines(timeline, scene).map((line) => `    ${line}`),
    "",
    "  step by step:",
    ...stepLines(timeline, style).map((line) => `    ${line}`),
    ...(timeline.events.length < MOST_EVENTS
      ? []
      : [
          `    its first and last events; all are in the ledger: rollguard events --after ${(timeline.events[0]?.revision ?? 1) - 1}`,
        ]),
  ];
}

const PARTS: readonly (readonly [part: keyof DurationsView, what: string])[] = [
  ["detected", "from the alert's start until it came here"],
  ["decided", "until the flags were turned down"],
  ["committed", "until that was stored"],
  ["propagated", "until every connected client had asked for the new flags"],
  ["verified", "from turning down until it was known to have helped"],
];

function durationLines(timeline: RollbackTimeline, { style, now }: TimelineScene): string[] {
  const { durations, budgetSeconds, open } = timeline;
  const rows = PARTS.flatMap(([part, what]) => {
    const took = durations[part];
    return took === null ? [] : [[part, secondsText(took), what]];
  });
  const budget = `budget of ${duration(budgetSeconds)}`;
  const { total } = durations;
  if (total !== null) return table([...rows, ["total", secondsText(total), verdict(total, budget, style)]]);
  if (!open)
    return table([
      ...rows,
      ["total", "-", `never known to have helped; the budget is ${duration(budgetSeconds)}`],
    ]);
  const soFar = Math.max(0, (now - originOf(timeline)) / 1_000);
  return table([...rows, ["so far", secondsText(soFar), verdict(soFar, budget, style)]]);

  function verdict(took: number, allowed: string, { paint }: Style): string {
    return took <= budgetSeconds ? paint.green(`within the ${allowed}`) : paint.red(`over the ${allowed}`);
  }
}

interface Step {
  readonly at: number;
  readonly what: string;
}

/** Those that are events, and those that only their times tell of. */
function stepLines(timeline: RollbackTimeline, style: Style): string[] {
  const { durations, startedAt, trigger, verification } = timeline;
  const origin = originOf(timeline);
  const { detected, committed } = durations;
  const steps: Step[] = timeline.events.flatMap((event, index) => stepsOf(event, index, timeline, style));
  const add = (at: number, reason: string, what: string): void => {
    steps.push({ at, what: `${reason.padEnd(REASON_WIDTH)}  ${what}` });
  };
  if (detected !== null) {
    add(origin, "firing", `${trigger} begins to fire`);
    add(origin + detected * 1_000, "received", `${trigger} comes here`);
  }
  if (committed !== null)
    add(Date.parse(startedAt) + committed * 1_000, "stored", "every client that asks gets the new flags");
  const told = propagationStep(timeline);
  if (told !== null) add(told.at, "propagated", told.what);
  const last = verification?.last ?? null;
  if (last !== null)
    add(Date.parse(last.at), "checked", [last.verdict.replace("_", " "), ...last.why].join(": "));
  const inOrder = steps.map((step, index) => ({ ...step, index }));
  inOrder.sort((a, b) => a.at - b.at || rankOf(a.what) - rankOf(b.what) || a.index - b.index);
  return table(
    inOrder.map(({ at, what }) => [clockTime(at), `+${secondsText((at - origin) / 1_000)}`, what]),
  );
}

/** When it reached the last client, or was given up; of nobody at the commit itself. */
function propagationStep({ propagation, durations, startedAt }: RollbackTimeline): Step | null {
  if (propagation === null) return null;
  const { clients, reached, seconds, waitedSeconds } = propagation;
  const committedAt = Date.parse(startedAt) + (durations.committed ?? 0) * 1_000;
  if (clients === 0) return { at: committedAt, what: "no clients connected" };
  const share = `to ${reached} of ${clients} client${clients === 1 ? "" : "s"}`;
  if (reached < clients)
    return { at: committedAt + waitedSeconds * 1_000, what: `${share} after ${duration(waitedSeconds)}` };
  const took = seconds ?? 0;
  return { at: committedAt + took * 1_000, what: `${share} in ${secondsText(took)}` };
}

/** A storm of alerts is one line, or the steps that matter would be hard to find. */
function stepsOf(event: EventView, index: number, { events }: RollbackTimeline, style: Style): Step[] {
  const at = Date.parse(event.at);
  const before = events[index - 1]?.reason;
  if (!IN_STORMS.has(event.reason) || before !== event.reason)
    return [{ at, what: `${event.reason.padEnd(REASON_WIDTH)}  ${eventText(event, style)}` }];
  if (events[index + 1]?.reason === event.reason && !event.ended) return [];
  const run = events.slice(0, index + 1).findLastIndex(({ reason }) => reason !== event.reason);
  const more = index - run - 1;
  return [
    {
      at,
      what: `${event.reason.padEnd(REASON_WIDTH)}  ${more === 1 ? eventText(event, style) : `and ${more} more; the last one ${eventText(event, style)}`}`,
    },
  ];
}

const IN_STORMS: ReadonlySet<EventView["reason"]> = new Set(["absorbed", "resolved"]);
/** So many events the server tells at most. */
const MOST_EVENTS = 1_000;

/** Letters of the longest reason that is usual. */
const REASON_WIDTH = 12;

/** What happened in the same millisecond still has an order. */
function rankOf(what: string): number {
  if (what.startsWith("firing")) return 0;
  if (what.startsWith("received")) return 1;
  if (what.startsWith("propagated")) return 4;
  return what.startsWith("stored") ? 3 : 2;
}

/** When its alert began to fire; when it began itself where there was none, or where the clocks differ. */
function originOf({ durations, events, startedAt }: RollbackTimeline): number {
  const startsAt = durations.detected === null ? undefined : events[0]?.alert?.startsAt;
  return Math.min(Date.parse(startsAt ?? startedAt), Date.parse(startedAt));
}

/** `0.003s`, `1.25s`, `47.1s`, `2m3s` */
function secondsText(seconds: number): string {
  if (seconds >= 60) return duration(seconds);
  return `${Number(seconds.toFixed(seconds < 1 ? 3 : seconds < 10 ? 2 : 1))}s`;
}
