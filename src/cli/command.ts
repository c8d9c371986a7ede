import type { ExitCode, Io } from "./io.ts";

export interface Command {
  readonly help: string;
  /** @throws UsageError when it was called wrongly; any other error is a failure */
  run(argv: readonly string[], io: Io): Promise<ExitCode>;
}
