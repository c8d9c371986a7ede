import type { FiringAlert, KeptWhy } from "../domain/alert.ts";
import { firingAmong, keyOf } from "../domain/alert-memory.ts";
import { exposuresOf, type FlagPolicy, type FlagState, settingsOf } from "../domain/flag.ts";
import type { Policy } from "../domain/policy.ts";
import { rampedSettings } from "../domain/ramped-settings.ts";
import { isActive } from "../domain/rollout.ts";
import type { ApplicationState } from "../domain/state.ts";
import type { TierName } from "../domain/tier.ts";
import type { Instant } from "../domain/time.ts";
import { describeRollback, type RollbackView } from "./describe-rollback.ts";
import { describeRollout, type RolloutView } from "./describe-rollout.ts";
import { describeTargeting, type TargetingView } from "./describe-targeting.ts";
import { rfc3339 } from "./rfc3339.ts";

/** Shapes that people and programs read: times are RFC 3339, percentages 0 to 100. */
export interface ApplicationView {
  readonly application: string;
  readonly revision: number;
  /** Percent of users served by the new system. */
  readonly traffic: number;
  readonly flags: readonly FlagView[];
  /** The rollout that runs, or the last one; null before the first. */
  readonly rollout: RolloutView | null;
  readonly rollback: RollbackView | null;
  readonly alerts: readonly AlertView[];
  /** Alerts that fire and that nothing was turned down for. */
  readonly keptBack: readonly KeptView[];
  /** Whether a rollout is held because we cannot see. */
  readonly blind: boolean;
  /** Flags that a rollback turned down and that nobody has acknowledged yet. */
  readonly quarantine: readonly { readonly flag: string; readonly rollback: string }[];
}

export interface FlagView {
  readonly key: string;
  readonly enabled: boolean;
  readonly rolloutPercentage: number;
  readonly exposure: number;
  readonly phase: number | null;
  /** On or off for everybody, because the environment says so; absent where it says nothing. */
  readonly override?: boolean;
  readonly quarantined: boolean;
  /** Whom it is for whatever its percentage is; absent where nobody in particular is. */
  readonly targeting?: TargetingView;
  readonly updatedAt: string | null;
  /** `policy` for a flag that stands at its default. */
  readonly updatedBy: string;
}

export interface KeptView extends AlertView {
  readonly why: KeptWhy;
}

export interface AlertView {
  readonly fingerprint: string;
  readonly alert: string;
  readonly tier: TierName;
  readonly startsAt: string;
  readonly receivedAt: string;
  /** Since when it is told to have resolved; it ends when it stays so for the hold-down. Absent while it fires. */
  readonly quietSince?: string;
}

export function describeApplication(policy: Policy, state: ApplicationState, now: Instant): ApplicationView {
  const settings = settingsOf(policy.flags, state.flags);
  const exposures = exposuresOf(policy.flags, rampedSettings(policy.flags, settings, now));
  const exposureOf = (key: string): number => exposures.get(key) ?? 0;
  const flags = [...policy.flags.values()].map((flag) =>
    describe(flag, exposureOf(flag.key), state.flags.get(flag.key)),
  );
  return {
    application: policy.application.name,
    revision: state.revision,
    traffic: exposureOf(policy.application.trafficFlag),
    flags,
    rollout: describeRollout(policy, state, now),
    rollback: state.rollback && describeRollback(state.rollback),
    alerts: describeAlerts(state),
    keptBack: describeKept(state),
    blind: isActive(state.rollout) && state.rollout.blind !== null,
    quarantine: describeQuarantine(policy, state),
  };
}

function describe(flag: FlagPolicy, exposure: number, stored: FlagState | undefined): FlagView {
  const { enabled, rolloutPercentage } = stored ?? flag;
  return {
    key: flag.key,
    enabled,
    rolloutPercentage,
    exposure,
    phase: flag.phase,
    ...(flag.override === null ? {} : { override: flag.override }),
    ...(flag.targeting === null ? {} : { targeting: describeTargeting(flag.targeting) }),
    quarantined: typeof stored?.quarantinedBy === "string",
    updatedAt: stored === undefined ? null : rfc3339(stored.updatedAt),
    updatedBy: stored?.updatedBy ?? "policy",
  };
}

/** Oldest first. */
function describeAlerts({ alerts, pulses }: ApplicationState): AlertView[] {
  return oldestFirst(alerts.values()).map((alert) => {
    const quietSince = pulses.get(keyOf(alert))?.quietSince ?? null;
    return { ...describeAlert(alert), ...(quietSince === null ? {} : { quietSince: rfc3339(quietSince) }) };
  });
}

/** What is quiet is told of no more: should it come back within the hold-down, it is here again. */
function describeKept(state: ApplicationState): KeptView[] {
  return oldestFirst(firingAmong(state, state.kept)).map((alert) => ({
    ...describeAlert(alert),
    why: alert.why,
  }));
}

function oldestFirst<A extends FiringAlert>(alerts: Iterable<A>): A[] {
  return [...alerts].sort((a, b) => a.startsAt - b.startsAt || a.receivedAt - b.receivedAt);
}

function describeAlert({ fingerprint, name, tier, startsAt, receivedAt }: FiringAlert): AlertView {
  return {
    fingerprint,
    alert: name,
    tier,
    startsAt: rfc3339(startsAt),
    receivedAt: rfc3339(receivedAt),
  };
}

/** In the policy's order. */
function describeQuarantine(
  policy: Policy,
  { flags }: ApplicationState,
): { flag: string; rollback: string }[] {
  return [...policy.flags.keys()].flatMap((flag) => {
    const rollback = flags.get(flag)?.quarantinedBy ?? null;
    return rollback === null ? [] : [{ flag, rollback }];
  });
}
