import { runChecks } from "../../domain/lint/finding.ts";
import { promqlSyntax } from "../../domain/lint/promql-syntax.ts";
import { promqlType } from "../../domain/lint/promql-type.ts";
import { problemsOf } from "./document-problems.ts";
import { readDocument } from "./lint-document.ts";
import type { LintProblem } from "./lint-problem.ts";

const CHECKS = [promqlSyntax, promqlType];

/** The expressions of a policy that Prometheus would refuse, in the words of lint; nothing is made of them. */
export function brokenExpressions(text: string, file: string): LintProblem[] {
  const document = readDocument(text, file);
  if (document.subject === null) return [];
  const found = problemsOf({ ...document, problems: [] }, runChecks(CHECKS, document.subject));
  // Comments that allow something else are the business of lint.
  return found.filter(({ check }) => CHECKS.some(({ name }) => name === check));
}
