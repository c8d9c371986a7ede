import type { Severity } from "../../domain/lint/finding.ts";
import type { Problem } from "../problem.ts";

/** A finding at its place in a file. */
export interface LintProblem extends Problem {
  /** The place right behind it; both count from 1. */
  readonly endLine: number;
  readonly endColumn: number;
  readonly check: string;
  readonly severity: Severity;
  readonly advice: string;
}
