import type { CaseFigures } from "./cases.ts";
import { type Figures, figuresOf, intervalOf, type Judged } from "./figures.ts";
import { CLASSES, TRAFFICS } from "./rollout.ts";
import { GATES, type Measured, TOGETHER, TOGETHER_1M } from "./targets.ts";
import { HOLDS } from "./trigger-days.ts";

const JUDGES = [GATES, TOGETHER, TOGETHER_1M, "threshold", "Mann-Whitney", "Statsig", "GrowthBook"];

/** All tables, in Markdown. */
export function tablesOf({ judged, cases, triggers, episodes }: Measured): string {
  const known = JUDGES.filter((judge) => judged.some(({ outcomes }) => outcomes.has(judge)));
  return [
    "### Judges, over the whole corpus",
    table(
      FIGURES,
      known.map((judge) => [judge, ...cells(figuresOf(judged, judge))]),
    ),
    "### By traffic",
    table(
      ["requests/min", ...FIGURES],
      TRAFFICS.flatMap((traffic) => {
        const some = judged.filter(({ rollout }) => rollout.traffic === traffic);
        return known.map((judge) => [number(traffic), judge, ...cells(figuresOf(some, judge))]);
      }),
    ),
    "### By class",
    table(
      ["class", ...CLASS_COLUMNS],
      CLASSES.map((name) =>
        classRow(
          name,
          judged.filter(({ rollout }) => rollout.class === name),
          known,
        ),
      ),
    ),
    "### Faults of the issue",
    table(
      ["fault", "requests/min", "judge", "found", "median min", "p95 min", "most min"],
      cases.flatMap(caseRows),
    ),
    "### Triggers",
    table(
      [
        "rule",
        "limit",
        "requests/min",
        "service-days",
        ...HOLDS.map((hold) => `firings, for: ${hold / 60}m`),
      ],
      triggers.map(({ rule, limit, traffic, days, firings }) => [
        rule === "score" ? "generated" : "ratio > limit",
        `${number(limit * 100)} %`,
        number(traffic),
        number(days),
        ...firings.map(number),
      ]),
    ),
    "### Verification",
    table(
      [
        "after the rollback",
        "requests/s",
        "scatter",
        "flag lag",
        "verified",
        "not helped",
        "improved",
        "no verdict",
        "median s",
        "p95 s",
      ],
      episodes.map(({ name, traffic, scatter, lag, episodes: count, verdicts, median, p95 }) => [
        name,
        number(traffic),
        scatter === 0 ? "-" : number(scatter),
        lag === 0 ? "-" : `${lag} s`,
        ...[verdicts.verified, verdicts.not_helped, verdicts.improved, verdicts.not_enough].map((part) =>
          percent(part / count),
        ),
        decimal(median, 0),
        decimal(p95, 0),
      ]),
    ),
  ].join("\n\n");
}

const FIGURES = [
  "judge",
  "false rollbacks of 1,000 healthy (95 %)",
  "healthy completed",
  "bad found",
  "precision",
  "median min",
  "p95 min",
  "promoted above the limit",
];

function cells(figures: Figures): string[] {
  const { healthy, falseRollbacks, falsePerThousand, completed, recall, precision, median, p95 } = figures;
  const [low, high] = intervalOf(falseRollbacks, healthy);
  return [
    falsePerThousand === null
      ? "-"
      : `${number(Math.round(falsePerThousand))} (${number(Math.floor(low * 1_000))} … ${number(Math.ceil(high * 1_000))})`,
    percent(completed),
    percent(recall),
    percent(precision),
    decimal(median, 1),
    decimal(p95, 0),
    `${figures.promoted} of ${figures.unclear}`,
  ];
}

const CLASS_COLUMNS = ["healthy / bad", ...JUDGES.map((judge) => `${judge}: false, found`)];

function classRow(name: string, judged: readonly Judged[], known: readonly string[]): string[] {
  const { healthy, bad } = figuresOf(judged, GATES);
  return [
    name,
    `${healthy} / ${bad}`,
    ...JUDGES.map((judge) => {
      if (!known.includes(judge)) return "-";
      const { falseRollbacks, recall } = figuresOf(judged, judge);
      return `${falseRollbacks}, ${percent(recall)}`;
    }),
  ];
}

function caseRows({ name, traffic, runs, judges }: CaseFigures): string[][] {
  return judges.map(({ judge, found, median, p95, most }) => [
    name,
    number(traffic),
    judge,
    `${found} of ${runs}`,
    decimal(median, 1),
    decimal(p95, 1),
    decimal(most, 1),
  ]);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function percent(share: number | null): string {
  return share === null ? "-" : `${Number((share * 100).toFixed(1))} %`;
}

function decimal(value: number | null, digits: number): string {
  return value === null ? "-" : value.toFixed(digits);
}

function number(value: number): string {
  return value.toLocaleString("en", { maximumFractionDigits: 3 });
}
