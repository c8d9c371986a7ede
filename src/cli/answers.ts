import type { ApplicationView } from "../app/describe-application.ts";
import type { FlagChangeView } from "../app/describe-changes.ts";
import type { RollbackView } from "../app/describe-rollback.ts";
import type { RolloutView } from "../app/describe-rollout.ts";
import type { ScheduledStageView } from "../app/describe-schedule.ts";
import type { Reason } from "../domain/reason.ts";

/** What the server answers, as far as the commands read it. */
export interface ServedApplication extends ApplicationView {
  /** Whether it asks for confirmations. */
  readonly production?: boolean;
  /** Clients of the responder that was asked, by whether they have the flags as they are now. */
  readonly flagClients?: { readonly current: number; readonly stale: number };
}

/** A command that was done. */
export interface DoneAnswer {
  readonly application: string;
  readonly reason: Reason | null;
  readonly detail: string | null;
  /** It is not felt as it was asked: an environment override masks it. */
  readonly warning?: string;
  readonly revision: number;
  readonly traffic: number;
  readonly flags: readonly FlagChangeView[];
  readonly rollout: RolloutView | null;
  /** The one that is open now. */
  readonly rollback: RollbackView | null;
}

/** A command that nobody committed. */
export interface TriedAnswer {
  readonly application: string;
  readonly would: Would;
  readonly flags: readonly FlagChangeView[];
  /** Percent of users; absent where the server says nothing of it. */
  readonly traffic?: { readonly before: number; readonly after: number } | null;
}

export interface Would {
  readonly reason: Reason | null;
  readonly detail: string | null;
  readonly warning?: string;
}

/** A deploy that nobody committed. */
export interface PlannedAnswer {
  readonly application: string;
  readonly would: Would;
  readonly plan: string;
  readonly dangerous: boolean;
  readonly production: boolean;
  readonly schedule: readonly ScheduledStageView[];
  readonly preflight: PreflightAnswer;
}

export interface PreflightAnswer {
  readonly ok: boolean;
  readonly checks: readonly PreflightCheck[];
}

export interface PreflightCheck {
  readonly name: string;
  readonly status: "pass" | "warn" | "fail";
  readonly detail: string;
  readonly fix?: string | null;
}
