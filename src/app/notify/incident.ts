import type { FlagChange } from "../../domain/flag.ts";
import type { MessageKind } from "../../domain/message.ts";
import type { TierName } from "../../domain/tier.ts";
import type { Instant } from "../../domain/time.ts";
import type { RollbackTimeline } from "../describe-rollback.ts";

/**
 * What every channel tells, as it stands when a message is delivered: of one subject, which is a rollback, a rollout, or an
 * alert that was kept back. All texts are plain, and none is escaped: labels hold whatever somebody put into them.
 */
export interface Incident {
  readonly application: string;
  /** As people call the application. */
  readonly title: string;
  readonly production: boolean;
  /** The rollback's or rollout's id; stable for the whole incident. */
  readonly subject: string;
  readonly kind: "rollback" | "rollout" | "notice";
  readonly status: IncidentStatus;
  /** Its one line: `Rolled back (phase): ErrorRateSpike, 2 flags off, traffic 60 % → 30 %`. */
  readonly headline: string;
  readonly tier: TierName | null;
  readonly startedAt: Instant;
  readonly endedAt: Instant | null;
  /** The alert that began it; null when none did. */
  readonly alert: IncidentAlert | null;
  /** Other alerts that joined it, each name once. */
  readonly alsoFiring: readonly string[];
  /** How often alerts came that asked for nothing more. */
  readonly absorbed: number;
  /** Flags from before it to now, each once. */
  readonly flags: readonly FlagChange[];
  /** Percent of users from before it to now; null when it was none of its business. */
  readonly traffic: { readonly before: number; readonly after: number } | null;
  /** Of the alert's start until the flags were off, and until it was verified. Seconds; null: not known, or not there yet. */
  readonly took: { readonly toRollBack: number | null; readonly toVerify: number | null };
  /** What happened, the oldest first. */
  readonly steps: readonly IncidentStep[];
  /** What people must do now, in words; empty: nothing. */
  readonly todo: readonly string[];
  readonly links: IncidentLinks;
  /** Null for a rollout or a notice. */
  readonly rollback: RollbackTimeline | null;
}

/** How it stands: `open` until there is a verdict. */
export type IncidentStatus = "open" | "verified" | "unverified" | "failed" | "ended" | "info";

export interface IncidentAlert {
  readonly name: string;
  readonly startsAt: Instant;
  readonly labels: Readonly<Record<string, string>>;
  readonly summary: string | null;
  readonly description: string | null;
  /** What it was against what it should be: `3.2 > 1 %`; null where that cannot be told. */
  readonly value: string | null;
}

export interface IncidentStep {
  readonly at: Instant;
  readonly kind: MessageKind;
  readonly text: string;
}

/** Absolute addresses; null where it is not known. */
export interface IncidentLinks {
  readonly console: string | null;
  readonly dashboard: string | null;
  readonly runbook: string | null;
}
