/** Something wrong in a file that people edit, at the place where they can put it right. */
export interface Problem {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  readonly message: string;
}

export function formatProblem({ file, line, column, message }: Problem): string {
  return `${file}:${line}:${column}: ${message}`;
}

/** In the order of reading. */
export function sortProblems(problems: readonly Problem[]): Problem[] {
  return [...problems].sort((a, b) => a.line - b.line || a.column - b.column);
}

/** A problem of a file as a whole. */
export function problemOfFile(file: string, message: string): Problem {
  return { file, line: 1, column: 1, message };
}
