import {
  type CheckedRule,
  checkWithPromtool,
  type PromtoolComplaint,
} from "../../adapters/promql/promtool.ts";
import type { Finding, Path, Span } from "../../domain/lint/finding.ts";
import type { Promql } from "../../domain/lint/promql.ts";
import type { LintSubject } from "../../domain/lint/subject.ts";

interface Entry {
  readonly path: Path;
  readonly expr: Promql;
  readonly rule: CheckedRule;
}

/** No place in the rules of a policy for it, but for a number. */
const LIMIT = /\$limit\b/g;

/** What promtool says of each subject's rules; nothing where it is not installed. */
export async function promtoolFindings(subjects: readonly LintSubject[]): Promise<Finding[][]> {
  const lists = subjects.map(entriesOf);
  const findings: Finding[][] = subjects.map(() => []);
  if (lists.every((entries) => entries.length === 0)) return findings;
  const complaints = await checkWithPromtool(lists.map((entries) => entries.map(({ rule }) => rule)));
  for (const complaint of complaints ?? []) {
    const entry = lists[complaint.list]?.[complaint.rule];
    if (entry !== undefined) findings[complaint.list]?.push(findingOf(complaint, entry));
  }
  return findings;
}

/** Only what our own checks could read: the rest has been told. */
function entriesOf({ alerts, records }: LintSubject): Entry[] {
  const none = new Map<string, string>();
  return [
    ...records.map(({ name, path, expr }) => ({
      path,
      expr,
      rule: { kind: "record" as const, name, expr: written(expr), labels: none, annotations: none },
    })),
    ...alerts.map(({ name, path, expr, labels, annotations }) => ({
      path,
      expr,
      rule: { kind: "alert" as const, name, expr: written(expr), labels, annotations },
    })),
  ].filter(({ expr }) => expr.errors.length === 0);
}

function written({ text }: Promql): string {
  return text.replaceAll(LIMIT, "111111");
}

function findingOf({ part, at, message }: PromtoolComplaint, { path, expr }: Entry): Finding {
  const finding = {
    check: "promtool/rules",
    severity: "error" as const,
    message: `promtool: ${message}`,
    advice: "Prometheus of this version refuses the file",
  };
  if (part === null) return { ...finding, path };
  if (part !== "expr") return { ...finding, path: [...path, part.section, part.key] };
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
