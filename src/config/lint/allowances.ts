import { commentsIn } from "../../adapters/files/yaml-comments.ts";
import type { YamlDocument } from "../../adapters/files/yaml-document.ts";
import type { LintProblem } from "./lint-problem.ts";

/** What a comment allows, and where: `# rollguard: allow alerts/for because five failures have lasted enough`. */
const ALLOW = /^rollguard:\s*allow\s+([\w/-]+(?:\s*,\s*[\w/-]+)*)\s+because\s+\S/;

/** Prometheus or Rollguard itself refuses such a file, whatever a comment says. */
const NEVER = /^(yaml|policy|rules\/(shape|unknown-key)|promtool|prometheus|lint)/;

interface Allowance {
  readonly check: string;
  readonly line: number;
  readonly column: number;
  readonly first: number;
  readonly last: number;
}

/** Leaves out what comments allow, and tells of comments that allow nothing. */
export function withoutAllowed(
  problems: readonly LintProblem[],
  text: string,
  document: YamlDocument,
  file: string,
  known: readonly string[],
): LintProblem[] {
  const kept: LintProblem[] = [];
  const allowances: Allowance[] = [];
  for (const { line, column, text: comment, about } of commentsIn(text, "rollguard:")) {
    if (!comment.startsWith("rollguard:")) continue;
    const complain = (message: string, advice: string): void => {
      const end = { endLine: line, endColumn: column + comment.length + 2 };
      kept.push({ file, line, column, ...end, check: "lint/allow", severity: "warning", message, advice });
    };
    const names = ALLOW.exec(comment)?.[1]
      ?.split(",")
      .map((name) => name.trim());
    if (names === undefined) {
      complain("this comment allows nothing", "write `# rollguard: allow <check> because <reason>`");
      continue;
    }
    for (const check of names) {
      if (!known.includes(check)) complain(`there is no check "${check}"`, "docs/lint.md lists them");
      else if (NEVER.test(check))
        complain(`${check} cannot be allowed: the file would be refused`, "mend it");
      else allowances.push({ check, line, column, first: about, last: document.lastLineOf(about) });
    }
  }
  const used = new Set<Allowance>();
  for (const problem of problems) {
    const allowance = allowances.find(
      ({ check, first, last }) => check === problem.check && problem.line >= first && problem.line <= last,
    );
    if (allowance === undefined) kept.push(problem);
    else used.add(allowance);
  }
  for (const allowance of allowances.filter((each) => !used.has(each))) {
    const { check, line, column } = allowance;
    kept.push({
      file,
      line,
      column,
      endLine: line,
      endColumn: column + 1,
      check: "lint/allow",
      severity: "warning",
      message: `${check} finds nothing here`,
      advice: "remove the comment, or put it right above the entry that it is for",
    });
  }
  return kept;
}
