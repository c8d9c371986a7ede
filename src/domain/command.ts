import type { Alert } from "./alert.ts";
import type { Evidence } from "./evidence.ts";
import type { Settings } from "./flag.ts";
import type { Plan } from "./plan.ts";
import type { Instant } from "./time.ts";

/** Everything that may change an application's state. */
export type Command =
  | AlertCommand
  | WatchdogCommand
  | CheckCommand
  | DeployCommand
  | RetryCommand
  | RestoreCommand
  | RolloutCommand;

/** One alert of a webhook. */
export interface AlertCommand {
  readonly type: "alert";
  readonly alert: Alert;
}

/** The alert that always fires has come. */
export interface WatchdogCommand {
  readonly type: "watchdog";
  readonly at: Instant;
}

/** A stage was looked at. */
export interface CheckCommand {
  readonly type: "check";
  readonly evidence: Evidence;
  /** Though no look is due yet: an operator is about to act on it. */
  readonly early?: boolean;
}

/** What every command of an operator says. */
export interface OperatorCommand {
  /** The operator's name, for the ledger. */
  readonly actor: string;
  readonly reason: string | null;
  /** The revision that the operator has seen (`If-Match`); null: whatever it is. */
  readonly expected: number | null;
}

/** A command that may raise what a rollback turned down. */
export interface Acknowledging {
  /** The operator knows what was rolled back, and says why it may come back. */
  readonly acknowledge: boolean;
}

export interface DeployCommand extends OperatorCommand, Acknowledging {
  readonly type: "deploy";
  readonly plan: Plan;
  /** Red bounds instead of the gates' own, by metric. */
  readonly thresholds: ReadonlyMap<string, number>;
}

export interface RetryCommand extends OperatorCommand, Acknowledging {
  readonly type: "retry";
}

/** Sets release and operational flags back to what a backup says. */
export interface RestoreCommand extends OperatorCommand, Acknowledging {
  readonly type: "restore";
  readonly settings: Settings;
}

export interface RolloutCommand extends OperatorCommand {
  readonly type: "pause" | "resume" | "approve" | "abort";
}
