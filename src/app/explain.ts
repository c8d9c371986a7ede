import { explain } from "../domain/explain.ts";
import type { Policy } from "../domain/policy.ts";
import type { Reason } from "../domain/reason.ts";
import type { ApplicationState } from "../domain/state.ts";
import type { TierName } from "../domain/tier.ts";
import type { Instant } from "../domain/time.ts";
import { describeChanges, type FlagChangeView } from "./describe-changes.ts";
import { type GateView, gateView } from "./describe-rollout.ts";
import { rfc3339 } from "./rfc3339.ts";

/** What would happen now, as people and programs read it. */
export interface ExplainView {
  readonly application: string;
  readonly revision: number;
  readonly alerts: readonly ExplainedAlert[];
  /** How the gate of the stage stands that a rollout is in; absent while none is active. */
  readonly gate?: readonly GateView[];
}

export interface ExplainedAlert {
  readonly alert: string;
  readonly tier: TierName | null;
  readonly reason: Reason;
  /** What would happen, and why not more. */
  readonly detail: string;
  readonly flags: readonly FlagChangeView[];
  readonly traffic: { readonly before: number; readonly after: number };
  /** When time alone will have changed the answer; null when it will not. */
  readonly until: string | null;
}

/** @param named only this alert, trigger or not */
export function describeExplanations(
  policy: Policy,
  state: ApplicationState,
  now: Instant,
  named?: string,
): ExplainView {
  const alerts = explain(state, policy, now, named).map(({ until, ...explained }) => ({
    ...explained,
    flags: describeChanges(explained.flags, policy),
    until: until === null ? null : rfc3339(until),
  }));
  const { rollout, bake, revision } = state;
  const gate = rollout === null ? [] : gateView(rollout, bake, policy);
  return { application: policy.application.name, revision, alerts, ...(gate.length > 0 ? { gate } : {}) };
}
