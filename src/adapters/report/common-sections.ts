import type { MetricRow, NextStep, Report } from "../../app/report/report.ts";
import type { Cell, Section, Tone } from "./blocks.ts";
import { boundText, timeText, valueText } from "./words.ts";

const TONES = { green: "good", yellow: "warn", red: "bad" } as const;

export function toneOf(verdict: MetricRow["verdict"]): Tone {
  return verdict === null ? "none" : TONES[verdict];
}

export function metricsSection(title: string, { metrics }: Report): Section {
  const rows = metrics.map(
    ({ label, unit, value, verdict, worst, worstVerdict, target, threshold, trend, source }): Cell[] => [
      label,
      { text: valueText(value, unit, target), tone: toneOf(verdict), tight: true },
      {
        text: worst === null ? "–" : valueText(worst, unit, target),
        tone: toneOf(worstVerdict),
        tight: true,
      },
      { text: boundText(target, unit), tight: true },
      { text: boundText(threshold, unit), tight: true },
      { text: trend ?? "not known", tight: true },
      source,
    ],
  );
  const columns = ["Metric", "At the end", "Worst", "Target", "Red", "Trend", "From"];
  const none = "The policy has no metrics.";
  const counted = metrics.flatMap((row) =>
    row.counted === undefined ? [] : [`${row.label}: ${row.counted}`],
  );
  return {
    title,
    blocks: [
      { kind: "table", columns, rows, none },
      ...(counted.length === 0 ? [] : [{ kind: "list" as const, items: counted, none: "" }]),
    ],
  };
}

export function chartsSection({ charts }: Report): Section {
  return { title: "Over time", blocks: [{ kind: "charts", charts }] };
}

export function nextSection(nextSteps: readonly NextStep[]): Section {
  const items = nextSteps.map(({ text, at }) => (at === null ? text : `${timeText(at)}: ${text}`));
  return { title: "Next steps", blocks: [{ kind: "list", items, none: "None." }] };
}

/** Where to look further, whom to ask, and what is not known. */
export function lastSections({ links, contacts, unknown }: Report): Section[] {
  return [
    ...(unknown.length === 0
      ? []
      : [{ title: "Not known", blocks: [{ kind: "list" as const, items: unknown, none: "" }] }]),
    ...(links.length === 0
      ? []
      : [
          {
            title: "Links",
            blocks: [
              {
                kind: "facts" as const,
                rows: links.map(({ name, url }) => [name, { text: url, href: url }] as const),
              },
            ],
          },
        ]),
    {
      title: "Contacts",
      blocks: [
        {
          kind: "table",
          columns: ["Role", "Name", "Email", "When"],
          rows: contacts.map(({ role, name, email, escalation }): Cell[] => [
            role,
            name,
            email === null ? "none" : { text: email, href: `mailto:${email}` },
            escalation,
          ]),
          none: "The policy names none.",
        },
      ],
    },
  ];
}
