import { MAX_YAML_BYTES, readTextFile } from "../adapters/files/text-file.ts";
import { brokenExpressions } from "../config/lint/broken-expressions.ts";
import type { LintProblem } from "../config/lint/lint-problem.ts";
import { type ExitCode, type Io, lines } from "./io.ts";
import { describeProblem } from "./lint-report.ts";
import type { ReadPolicy } from "./policy-sources.ts";

/** The problems of one policy's expressions, and its lines, to show them in. */
export interface RefusedPolicy {
  readonly problems: readonly LintProblem[];
  readonly source: readonly string[];
}

/** The policies with expressions from which no rules can be made. */
export function refusedExpressions(policies: readonly ReadPolicy[]): RefusedPolicy[] {
  return policies.flatMap(({ path }) => {
    const { text } = readTextFile(path, MAX_YAML_BYTES);
    if (text === null) return [];
    const problems = brokenExpressions(text, path);
    return problems.length === 0 ? [] : [{ problems, source: text.split("\n") }];
  });
}

/** Tells what is refused, as lint does. */
export function refuse(refused: readonly RefusedPolicy[], asJson: boolean, io: Io): ExitCode {
  if (asJson) {
    const problems = refused.flatMap((policy) => policy.problems);
    io.stdout(
      lines(
        JSON.stringify({
          files: [],
          problems: problems.map(({ file, line, column, message }) => ({ file, line, column, message })),
        }),
      ),
    );
    return 1;
  }
  const coloured = io.isTty === true && !io.environment.NO_COLOR;
  for (const { problems, source } of refused)
    for (const problem of problems) io.stderr(lines(...describeProblem(problem, source, coloured)));
  io.stderr(lines("nothing was written"));
  return 1;
}
