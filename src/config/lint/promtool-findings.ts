import {
  type CheckedRule,
  checkWithPromtool,
  type PromtoolComplaint,
} from "../../adapters/promql/promtool.ts";
import { annotationsOf, labelsOf } from "../../domain/generate/alerting-rule.ts";
import type { Finding, Path, Span } from "../../domain/lint/finding.ts";
import type { Promql } from "../../domain/lint/promql.ts";
import type { AlertSubject, LintSubject, RecordSubject } from "../../domain/lint/subject.ts";

/** A file's rules, and what has been found in them already. */
export interface CheckedSubject {
  readonly subject: LintSubject;
  readonly findings: readonly Finding[];
}

interface Entry {
  readonly path: Path;
  readonly expr: Promql;
  readonly rule: CheckedRule;
  /** The names that stand in for labels and annotations which cannot have theirs. */
  readonly standIns: ReadonlyMap<string, string>;
}

/** No place in the rules of a policy for it, but for a number. */
const LIMIT = /\$limit\b/g;

const METRIC_NAME = /^[A-Za-z_:][A-Za-z0-9_:]*$/;
const LABEL_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * What promtool says of each subject's rules; nothing where it is not installed. What is wrong with a rule already
 * is left out of it or made good, so that promtool still judges all the rest.
 */
export async function promtoolFindings(checked: readonly CheckedSubject[]): Promise<Finding[][]> {
  const lists = checked.map(entriesOf);
  const findings: Finding[][] = checked.map(() => []);
  if (lists.every((entries) => entries.length === 0)) return findings;
  const complaints = await checkWithPromtool(lists.map((entries) => entries.map(({ rule }) => rule)));
  for (const complaint of complaints ?? []) {
    const entry = lists[complaint.list]?.[complaint.rule];
    if (entry !== undefined) findings[complaint.list]?.push(findingOf(complaint, entry));
  }
  return findings;
}

function entriesOf({ subject, findings }: CheckedSubject): Entry[] {
  const told = new Set(
    findings.filter(({ check }) => check === "alerts/template").map(({ path }) => JSON.stringify(path)),
  );
  const isTold = (path: Path): boolean => told.has(JSON.stringify(path));
  const isPolicy = subject.kind === "policy";
  return [
    ...subject.records.map((record) => recordEntry(record, isPolicy)),
    ...subject.alerts.map((alert) => alertEntry(alert, isPolicy, isTold)),
  ];
}

function recordEntry({ name, path, expr }: RecordSubject, isPolicy: boolean): Entry {
  const none = new Map<string, string>();
  const rule = {
    kind: "record" as const,
    // In a policy a bad name has been told.
    name: isPolicy && !METRIC_NAME.test(name) ? "rollguard" : name,
    expr: written(expr),
    labels: none,
    annotations: none,
  };
  return { path, expr, rule, standIns: none };
}

function alertEntry(alert: AlertSubject, isPolicy: boolean, isTold: (path: Path) => boolean): Entry {
  const { name, path, expr } = alert;
  const standIns = new Map<string, string>();
  const texts = isPolicy
    ? {
        labels: entriesIn(labelsOf(alert, "application")),
        annotations: entriesIn(annotationsOf({ ...alert, alert: name })),
      }
    : alert;
  const checkable = (section: "labels" | "annotations"): Map<string, string> => {
    const result = new Map<string, string>();
    for (const [key, text] of texts[section]) {
      if (isTold([...path, section, key])) continue;
      const isBad = isPolicy && !LABEL_NAME.test(key);
      const standIn = isBad ? `rollguard_${standIns.size}` : key;
      if (isBad) standIns.set(standIn, key);
      result.set(standIn, text);
    }
    return result;
  };
  const rule = {
    kind: "alert" as const,
    name,
    expr: written(expr),
    labels: checkable("labels"),
    annotations: checkable("annotations"),
  };
  return { path, expr, rule, standIns };
}

function entriesIn(record: Readonly<Record<string, string>>): Map<string, string> {
  return new Map(Object.entries(record));
}

/** An expression that is broken has been told, and must not hide what is wrong beside it. */
function written({ text, node, errors }: Promql): string {
  return node === null || errors.length > 0 ? "vector(1)" : text.replaceAll(LIMIT, "111111");
}

function findingOf({ part, at, message }: PromtoolComplaint, { path, expr, standIns }: Entry): Finding {
  const finding = {
    check: "promtool/rules",
    severity: "error" as const,
    message: `promtool: ${message}`,
    advice: "Prometheus of this version refuses the file",
  };
  if (part === null) return { ...finding, path };
  if (part !== "expr")
    return { ...finding, path: [...path, part.section, standIns.get(part.key) ?? part.key] };
  const place = [...path, "expr"];
  return at === null ? { ...finding, path: place } : { ...finding, path: place, span: spanAt(expr.text, at) };
}

/** From there to the end of the word. Columns count bytes upstream, which differs after letters beyond ASCII. */
function spanAt(text: string, { line, column }: { line: number; column: number }): Span {
  const lines = text.split("\n");
  const before = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  const from = Math.min(before + column - 1, text.length);
  const [word = ""] = /^[\w:.]+|^./.exec(text.slice(from)) ?? [];
  return { from, to: from + Math.max(word.length, 1) };
}
