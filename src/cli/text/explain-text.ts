import type { ExplainedAlert, ExplainView } from "../../app/explain.ts";
import { changeLines } from "./changes-text.ts";
import { forPeople } from "./printable.ts";
import { criteriaLines } from "./rollout-text.ts";
import { arrow, type Style } from "./style.ts";
import { clockTime } from "./times.ts";

/** Each alert with what it would do now, and why not more. */
export function explainLines(answer: ExplainView, style: Style): string[] {
  const { application, revision, alerts, gate } = forPeople(answer);
  const standing =
    gate === undefined
      ? []
      : ["", "the gate of its rollout now", ...criteriaLines(gate, false, style).map((line) => `  ${line}`)];
  if (alerts.length === 0) return [`${application}: no alert of its policy rolls back`, ...standing];
  return [
    `${application} at revision ${revision}: if it fired now`,
    ...alerts.flatMap((alert) => ["", ...alertLines(alert, style).map((line) => `  ${line}`)]),
    ...standing,
  ];
}

function alertLines({ alert, tier, detail, flags, traffic, until }: ExplainedAlert, style: Style): string[] {
  const { before, after } = traffic;
  return [
    `${style.paint.bold(alert)}${tier === null ? "" : ` (${tier})`}`,
    `  ${detail}${until === null ? "" : `; until ${clockTime(until)}`}`,
    before === after
      ? `  traffic stays at ${before} %`
      : `  traffic ${before} ${arrow(style)} ${style.paint.red(String(after))} %`,
    ...changeLines(flags, style).map((line) => `  ${line}`),
  ];
}
