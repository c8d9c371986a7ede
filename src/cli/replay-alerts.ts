import { describeChanges, type FlagChangeView } from "../app/describe-changes.ts";
import { Policies } from "../app/policies.ts";
import type { Alert } from "../domain/alert.ts";
import { decide } from "../domain/decide.ts";
import { Draft } from "../domain/draft.ts";
import type { Policy } from "../domain/policy.ts";
import type { Reason } from "../domain/reason.ts";
import { type ApplicationState, emptyState } from "../domain/state.ts";
import type { TierName } from "../domain/tier.ts";
import type { Instant } from "../domain/time.ts";

/** What became of an alert, with nobody committing. */
export interface ReplayedAlert {
  readonly alert: string;
  readonly status: Alert["status"];
  readonly fingerprint: string;
  readonly application: string | null;
  readonly reason: Reason;
  readonly tier: TierName | null;
  readonly rollback: string | null;
  readonly detail: string | null;
  /** It would not have been felt as the tier says: an environment override masks it. */
  readonly warning?: string;
  readonly flags: readonly FlagChangeView[];
  readonly traffic: { readonly before: number; readonly after: number } | null;
}

interface ReplayOptions {
  readonly policies: readonly Policy[];
  /** What each application begins with; without, nothing has ever happened to it. */
  readonly states: ReadonlyMap<string, ApplicationState>;
  /** Whom all alerts are about, whatever they say. */
  readonly application: string | undefined;
}

/** Decides alerts one after the other, each on what the ones before it would have left. */
export class Replay {
  readonly #policies: Policies;
  readonly #states: ReplayOptions["states"];
  readonly #application: string | undefined;
  readonly #drafts = new Map<string, Draft>();

  constructor({ policies, states, application }: ReplayOptions) {
    this.#policies = new Policies(policies);
    this.#states = states;
    this.#application = application;
  }

  take(alert: Alert, now: Instant): ReplayedAlert {
    const { name, status, fingerprint } = alert;
    const policy = this.#policies.of(alert, this.#application);
    const nothing = { tier: null, rollback: null, detail: null, flags: [], traffic: null };
    const told = { alert: name, status, fingerprint };
    if (policy === undefined) {
      const application = this.#application ?? alert.application;
      return { ...told, ...nothing, application, reason: "unknown_application" };
    }
    const { name: application } = policy.application;
    const draft = this.#draftOf(application);
    const decision = decide(draft, { type: "alert", alert, receivedAt: now }, policy, now);
    draft.apply(decision);
    const { reason, tier, rollback, detail, warning, events } = decision;
    const flags = events.flatMap((event) => event.flags);
    return {
      ...told,
      application,
      reason: reason ?? "duplicate",
      tier,
      rollback,
      detail,
      ...(warning === undefined ? {} : { warning }),
      flags: describeChanges(flags, policy),
      traffic: events.find(({ traffic }) => traffic !== null)?.traffic ?? null,
    };
  }

  #draftOf(application: string): Draft {
    const known = this.#drafts.get(application);
    if (known !== undefined) return known;
    const draft = new Draft(this.#states.get(application) ?? emptyState());
    this.#drafts.set(application, draft);
    return draft;
  }
}
