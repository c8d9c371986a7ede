import type { RejectedAlert } from "../../adapters/http/webhook-body.ts";
import type { Reason } from "../../domain/reason.ts";
import type { ReplayedAlert } from "../replay-alerts.ts";
import { changeLines, countOf } from "./changes-text.ts";
import { warningLines } from "./override-text.ts";
import { forPeople, printable } from "./printable.ts";
import { arrow, type Colour, type Style } from "./style.ts";
import { clockTime } from "./times.ts";

const COLOURS: Partial<Readonly<Record<Reason, Colour>>> = {
  rolled_back: "red",
  escalated: "red",
  storm_breaker: "red",
  unknown_application: "yellow",
};

interface ReplayedBody {
  readonly file: string;
  readonly at: string;
  readonly decisions: readonly ReplayedAlert[];
  readonly rejected: readonly RejectedAlert[];
}

/** What each alert of a webhook would have done. */
export function replayedLines(body: ReplayedBody, style: Style): string[] {
  const { file, at, decisions, rejected } = forPeople(body);
  return [
    style.paint.bold(`${clockTime(at)}  ${file}`),
    ...decisions.flatMap((decision) => decisionLines(decision, style).map((line) => `  ${line}`)),
    ...rejected.map(({ index, detail }) => `  alerts[${index}] is no alert: ${detail}`),
    ...(decisions.length + rejected.length === 0 ? ["  no alerts are in it"] : []),
  ];
}

function decisionLines(decision: ReplayedAlert, style: Style): string[] {
  const { alert, status, application, reason, tier, rollback, detail, warning, flags, traffic } = decision;
  const colour = COLOURS[reason];
  const word = colour === undefined ? reason : style.paint[colour](reason);
  const about = [
    application ?? "nobody's",
    ...(tier === null ? [] : [tier]),
    ...(rollback === null ? [] : [rollback]),
  ];
  const why = detail === null ? "" : `: ${detail}`;
  return [
    `${alert} ${status}: ${word} (${about.join(", ")})${why}`,
    ...warningLines(warning, style),
    ...(traffic === null || traffic.before === traffic.after
      ? []
      : [`  traffic ${traffic.before} ${arrow(style)} ${traffic.after} %`]),
    ...changeLines(flags, style).map((line) => `  ${line}`),
  ];
}

/** `2 webhooks, 5 alerts: 1 rolled_back, 4 absorbed; nothing was committed` */
export function summaryLine(bodies: number, decisions: readonly ReplayedAlert[], rejected: number): string {
  const counts = new Map<string, number>();
  for (const { reason } of decisions) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  if (rejected > 0) counts.set("invalid_alert", rejected);
  const told = [...counts].map(([reason, count]) => `${count} ${reason}`).join(", ");
  const alerts = countOf(decisions.length + rejected, "alert");
  return printable(
    `${countOf(bodies, "webhook")}, ${alerts}${told === "" ? "" : `: ${told}`}; nothing was committed`,
  );
}
