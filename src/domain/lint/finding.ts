/** An error would break a rollback or be refused upstream; a warning is a trap; an info is worth a look. */
export type Severity = "error" | "warning" | "info";

/** Mapping keys and list indexes, from the root of the document down. */
export type Path = readonly (string | number)[];

/** Offsets in UTF-16 units; `to` is the first one beyond. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** What a check says of one place. */
export interface Remark {
  readonly severity: Severity;
  readonly path: Path;
  /** Whether the key or the value at the path is meant; default: the value. */
  readonly part?: "key" | "value";
  /** Which one of several equal keys is meant, where a key is there more than once; default: 0, the first. */
  readonly occurrence?: number;
  /** A part of the scalar at the path: offsets in its value. */
  readonly span?: Span;
  /** What is wrong. */
  readonly message: string;
  /** What to do. */
  readonly advice: string;
}

export interface Finding extends Remark {
  readonly check: string;
}

/** Looks for one kind of mistake; its name is what an opt-out comment names. */
export interface Check<Subject> {
  readonly name: string;
  run(subject: Subject, report: (remark: Remark) => void): void;
}

export function runChecks<Subject>(checks: readonly Check<Subject>[], subject: Subject): Finding[] {
  const findings: Finding[] = [];
  for (const { name, run } of checks) run(subject, (remark) => findings.push({ check: name, ...remark }));
  return findings;
}
