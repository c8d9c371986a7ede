/** What stops a start, in lines that tell what to do. */
export class StartError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.name = "StartError";
    this.problems = problems;
  }
}
