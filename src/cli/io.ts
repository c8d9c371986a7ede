/** What a command may touch of the world around it. */
export interface Io {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether standard error, where problems are told, is a terminal: it knows colours. */
  readonly isTty?: boolean;
  /** Resolves with the signal that asks the program to stop. */
  untilStopped(): Promise<string>;
  /** Calls back each time that the program is asked to read its files again. */
  onHangup(callback: () => void): void;
}

/** 0: done. 1: it failed, or found problems. 2: it was called wrongly. */
export type ExitCode = 0 | 1 | 2;

/** The command line, or a setting, is wrong: nothing was done. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** It was called rightly and could not be done; the message says it all. */
export class Failure extends Error {
  override readonly name: string = "Failure";
}

export function lines(...text: readonly string[]): string {
  return `${text.join("\n")}\n`;
}
