import type { Finding } from "../../domain/lint/finding.ts";
import { valueAt } from "../policy-draft.ts";
import { formatProblem, sortProblems } from "../problem.ts";
import { withoutAllowed } from "./allowances.ts";
import { CHECK_NAMES } from "./check-names.ts";
import type { LintDocument } from "./lint-document.ts";
import type { LintProblem } from "./lint-problem.ts";

/** More would not be read, and each takes a search for its place. */
const MAX_PROBLEMS = 1_000;

/** What is wrong with one file, each at its place and in the order of reading, without what comments allow. */
export function problemsOf(
  { file, text, yaml, problems }: LintDocument,
  findings: readonly Finding[],
): LintProblem[] {
  const seen = new Set<string>();
  const located = [...problems, ...findings.slice(0, MAX_PROBLEMS).map((each) => placed(each, file, yaml))];
  // The loader and a check of its own may see the same mistake.
  const distinct = located.filter((problem) => {
    const id = `${formatProblem(problem)} ${problem.check}`;
    return !seen.has(id) && seen.add(id);
  });
  const kept = withoutAllowed(distinct, text, yaml, file, CHECK_NAMES);
  const sorted = sortProblems(kept) as LintProblem[];
  if (problems.length + findings.length <= MAX_PROBLEMS) return sorted;
  return [
    ...sorted.slice(0, MAX_PROBLEMS),
    fileProblem(file, `has more problems: these are ${MAX_PROBLEMS} of them`),
  ];
}

function placed(finding: Finding, file: string, yaml: LintDocument["yaml"]): LintProblem {
  const { check, severity, part = "value", occurrence, message, advice } = finding;
  const { path, span } = writtenAt(finding, yaml);
  const { start, end } = yaml.spanOf(path, part, span, occurrence);
  const place = { file, ...start, endLine: end.line, endColumn: end.column };
  return { ...place, check, severity, message, advice };
}

/** What is said of the expression of an alert on a metric is said of the metric. */
function writtenAt({ path, span }: Finding, { value }: LintDocument["yaml"]): Pick<Finding, "path" | "span"> {
  const metric = [...path.slice(0, -1), "metric"];
  const isElsewhere =
    path[0] === "alerts" &&
    path.at(-1) === "expr" &&
    valueAt(value, path) === undefined &&
    valueAt(value, metric) !== undefined;
  return isElsewhere ? { path: metric } : { path, ...(span === undefined ? {} : { span }) };
}

const NAME_ANOTHER = "name a policy, a file of Prometheus rules or an Alertmanager configuration";

/** Of a file as a whole. */
export function fileProblem(file: string, message: string, advice = NAME_ANOTHER): LintProblem {
  const place = { file, line: 1, column: 1, endLine: 1, endColumn: 1 };
  return { ...place, check: "file/unreadable", severity: "error", message, advice };
}
