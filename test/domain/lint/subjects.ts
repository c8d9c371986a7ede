import { parsePromql } from "../../../src/adapters/promql/parse-promql.ts";
import type { AlertmanagerSubject, RouteSubject } from "../../../src/domain/lint/alertmanager.ts";
import { KEY_CHECKS, ROUTING_CHECKS, RULE_CHECKS } from "../../../src/domain/lint/checks.ts";
import { type Finding, runChecks } from "../../../src/domain/lint/finding.ts";
import type { KeysSubject } from "../../../src/domain/lint/keys.ts";
import type { AlertSubject, LintSubject, RecordSubject } from "../../../src/domain/lint/subject.ts";

/** An alert as tests write it: what is left out is in order. */
export interface TestAlert extends Partial<Omit<AlertSubject, "expr" | "labels" | "annotations">> {
  readonly expr?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export function alertOf(
  { expr = "errors > 1", labels = { severity: "critical" }, annotations, ...rest }: TestAlert,
  index = 0,
): AlertSubject {
  const written = annotations ?? { summary: "It fails", runbook_url: "https://example.org" };
  return {
    name: `Alert${index}`,
    path: ["alerts", index],
    expr: { ...parsePromql(expr.replaceAll("$limit", "111111")), text: expr },
    for: 60_000,
    labels: new Map(Object.entries(labels)),
    annotations: new Map(Object.entries(written)),
    limits: [],
    rollback: null,
    blind: false,
    isFloored: false,
    evaluationInterval: 15_000,
    ...rest,
  };
}

export interface TestSubject extends Partial<Omit<LintSubject, "alerts" | "records" | "queries">> {
  readonly alerts?: readonly TestAlert[];
  /** Name and expression. */
  readonly records?: Readonly<Record<string, string>>;
  readonly optional?: readonly string[];
  readonly queries?: readonly string[];
}

function subjectOf({
  alerts = [],
  records = {},
  optional = [],
  queries = [],
  ...rest
}: TestSubject): LintSubject {
  return {
    kind: "policy",
    alerts: alerts.map(alertOf),
    records: Object.entries(records).map(
      ([name, expr], index): RecordSubject => ({
        name,
        path: ["metrics", index],
        expr: parsePromql(expr),
        mayBeAbsent: optional.includes(name),
        ...(expr === "counted_total" ? { isCounted: true as const } : {}),
      }),
    ),
    areRecordsComplete: true,
    queries: queries.map((expr, index) => ({ path: ["gates", index, "expr"], expr: parsePromql(expr) })),
    gates: [],
    judges: [],
    variants: [],
    verification: null,
    groups: [],
    scrapes: [],
    durations: [],
    budget: null,
    panels: [],
    didYouMean: (name, known) => {
      const near = [...known].find((each) => each.startsWith(name.slice(0, 4)));
      return near === undefined ? "" : `; did you mean "${near}"?`;
    },
    ...rest,
  };
}

/** What one check says: `severity path[span]: message`. */
export function said(name: string, subject: TestSubject): string[] {
  const checks = RULE_CHECKS.filter((check) => check.name === name);
  if (checks.length !== 1) throw new Error(`no check ${name}`);
  const lint = subjectOf(subject);
  return runChecks(checks, lint).map((finding) => lineOf(finding, textAt(finding, lint)));
}

function lineOf({ severity, path, span, message }: Finding, text: string): string {
  const part = span === undefined ? "" : ` «${text.slice(span.from, span.to)}»`;
  return `${severity} ${path.join(".")}${part}: ${message}`;
}

function textAt({ path }: Finding, { alerts, records, queries }: LintSubject): string {
  const [section, index, key, label] = path;
  if (section === "gates") return queries[Number(index)]?.expr.text ?? "";
  if (section === "metrics") return records[Number(index)]?.expr.text ?? "";
  const alert = alerts[Number(index)];
  const texts = key === "labels" ? alert?.labels : key === "annotations" ? alert?.annotations : undefined;
  return (texts === undefined ? alert?.expr.text : texts.get(String(label))) ?? "";
}

/** What one check says of routes: `severity path: message`. */
export function saidOfRoutes(name: string, subject: AlertmanagerSubject): string[] {
  const checks = ROUTING_CHECKS.filter((check) => check.name === name);
  if (checks.length !== 1) throw new Error(`no check ${name}`);
  return runChecks(checks, subject).map((finding) => lineOf(finding, ""));
}

/** What one check says of a file's keys: `severity key occurrence of path: message = advice`. */
export function saidOfKeys(name: string, subject: KeysSubject): string[] {
  const checks = KEY_CHECKS.filter((check) => check.name === name);
  return runChecks(checks, subject).map(
    ({ severity, part, occurrence = 0, path, message, advice }) =>
      `${severity} ${part} ${occurrence} of ${path.join(".")}: ${message} = ${advice}`,
  );
}

export function routeOf(receiver: string, rest: Partial<RouteSubject> = {}): RouteSubject {
  return {
    path: ["route"],
    receiver,
    matchers: [],
    continue: false,
    muted: [],
    groupWait: 0,
    routes: [],
    ...rest,
  };
}
