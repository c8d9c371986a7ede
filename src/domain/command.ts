import type { Alert } from "./alert.ts";
import type { Evidence } from "./evidence.ts";
import type { Settings } from "./flag.ts";
import type { NoticeReason } from "./notice.ts";
import type { Plan } from "./plan.ts";
import type { Propagation } from "./propagation.ts";
import type { TierName } from "./tier.ts";
import type { Instant } from "./time.ts";
import type { Unchanged } from "./unchanged.ts";
import type { VerifyEvidence } from "./verification.ts";

/** Everything that may change an application's state. */
export type Command =
  | AlertCommand
  | QuietCommand
  | WatchdogCommand
  | NoticeCommand
  | SummaryCommand
  | TallyCommand
  | CheckCommand
  | DeployCommand
  | RetryCommand
  | RestoreCommand
  | SetCommand
  | VerifyCommand
  | RollbackCommand
  | AcknowledgeCommand
  | ShutdownCommand
  | CommittedCommand
  | PropagatedCommand
  | RolloutCommand;

/** One alert of a webhook, or one that Alertmanager says it has. */
export interface AlertCommand {
  readonly type: "alert";
  readonly alert: Alert;
  /** Who brought it; `alertmanager` without. */
  readonly actor?: "alertmanager" | "reconcile";
  readonly receivedAt?: Instant;
  /** Whether it fires now, as others say. `to be asked`: they can be, where it matters. Absent: nobody can. */
  readonly evidence?: FiringEvidence | "to be asked";
  /**
   * Why the alert tells of no fault: its target answers, and cannot be read; null where it is down, or nobody knows.
   * `to be asked`: that can be, where it matters. Absent: nobody can, or the alert does not ask whether targets are up.
   */
  readonly unread?: string | null | "to be asked";
}

/** Whether an alert fires, as those say who know. */
export interface FiringEvidence {
  /** Null: nobody has answered. */
  readonly isFiring: boolean | null;
  /** In words, to follow the alert's name: `Alertmanager lists it as firing`. */
  readonly by: string;
}

/** An alert that alternated may have been quiet for long enough. */
export interface QuietCommand {
  readonly type: "quiet";
  /** Of the alert: its fingerprint and name. */
  readonly key: string;
}

/** A rollback was looked at. */
export interface VerifyCommand {
  readonly type: "verify";
  readonly evidence: VerifyEvidence;
}

/** The alert that always fires has come. */
export interface WatchdogCommand {
  readonly type: "watchdog";
  readonly at: Instant;
}

/** Something is wrong with the way by which alerts come. */
export interface NoticeCommand {
  readonly type: "notice";
  readonly reason: NoticeReason;
  /** What it is about: people are told of each thing once. */
  readonly about: string;
  /** In words. */
  readonly detail: string;
}

/** Decisions were made that changed nothing. */
export interface TallyCommand {
  readonly type: "tally";
  readonly unchanged: readonly Unchanged[];
}

/** Somebody is about to send a day's summary, or has. */
export interface SummaryCommand {
  readonly type: "summary";
  readonly day: string;
  readonly sent: boolean;
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

/** Sets flags by their names. */
export interface SetCommand extends OperatorCommand, Acknowledging {
  readonly type: "set";
  readonly flags: ReadonlyMap<string, FlagWish>;
  /** People may meet more: somebody has said yes to it, or nobody need be asked since it is not production. */
  readonly confirmed: boolean;
}

/** What is null stays as it is. */
export interface FlagWish {
  readonly enabled: boolean | null;
  /** Percent of users, 0 to 100. */
  readonly rolloutPercentage: number | null;
}

/** A rollback by hand. */
export interface RollbackCommand extends OperatorCommand {
  readonly type: "rollback";
  readonly tier: TierName;
  /** Flags to turn off by name, with their children. */
  readonly flags: readonly string[];
  /** All flags of this phase, too. */
  readonly phase: number | null;
  /** Engages the kill switch. */
  readonly shutdown: boolean;
}

export interface AcknowledgeCommand extends OperatorCommand {
  readonly type: "acknowledge";
  /** The rollback's id. */
  readonly rollback: string;
  /** Also while alerts fire, or it is being verified: for alerts that will never resolve. */
  readonly force: boolean;
}

/** The kill switch. */
export interface ShutdownCommand extends OperatorCommand {
  readonly type: "shutdown";
  readonly on: boolean;
}

/** The store has the open rollback, since then. */
export interface CommittedCommand {
  readonly type: "committed";
  readonly rollback: string;
  readonly at: Instant;
}

/** The clients of one responder have the flags of the open rollback. */
export interface PropagatedCommand {
  readonly type: "propagated";
  readonly rollback: string;
  readonly propagation: Propagation;
}

export interface RolloutCommand extends OperatorCommand {
  readonly type: "pause" | "resume" | "approve" | "abort";
}
