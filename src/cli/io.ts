/** What a command may touch of the world around it. */
export interface Io {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether standard error, where problems are told, is a terminal: it knows colours. */
  readonly isTty?: boolean;
  /** Standard output, when it is a terminal. */
  readonly terminal?: Terminal;
  /**
   * Asks whoever sits at the terminal; absent when nobody does. Resolves with the line that was typed, or with
   * nothing when the question was left unanswered.
   */
  readonly ask?: (question: string) => Promise<string>;
  /** How the system calls the person who runs this. */
  readonly user?: string;
  /** Absent: the system's. */
  readonly clock?: CliClock;
  /** Resolves with the signal that asks the program to stop. */
  untilStopped(): Promise<string>;
  /** Resolves when nobody reads standard output any more (`… | head -1`). */
  readonly readerGone?: Promise<void>;
  /** Calls back each time that the program is asked to read its files again. */
  onHangup(callback: () => void): void;
}

export interface Terminal {
  columns(): number;
  rows(): number;
}

/** Milliseconds. */
export interface CliClock {
  now(): number;
  /** Resolves after the time, or as soon as the signal is given; never rejects. */
  sleep(duration: number, signal: AbortSignal): Promise<void>;
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
