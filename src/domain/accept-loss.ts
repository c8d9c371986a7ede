import { type Decision, decided } from "./decision.ts";
import { changesOfEnd, endedRollout } from "./end-rollout.ts";
import {
  type FlagChange,
  type FlagPolicy,
  type FlagSetting,
  type FlagState,
  isMore,
  settingsOf,
} from "./flag.ts";
import type { Policy } from "./policy.ts";
import { isActive } from "./rollout.ts";
import { endOfRollout, eventOf, eventRolloutOf } from "./rollout-told.ts";
import type { ApplicationState, StateChange } from "./state.ts";
import type { Instant } from "./time.ts";
import { applied, trafficOf } from "./turn-down.ts";

/** What an operator says who goes on without what the store has lost. */
export interface AcceptedLoss {
  readonly actor: string;
  readonly reason: string;
  /** The flags as they were last known. */
  readonly kept: ReadonlyMap<string, FlagState>;
}

/**
 * Goes on from what is left: each flag stands at the lower of what the store or the policy says and what was kept, and what
 * was in quarantine is. A rollout that moves may have been ended in what was lost, and ends. So nobody meets what a rollback
 * had turned down, and what a deploy had raised is raised again by somebody who looks.
 */
export function decideAcceptLoss(
  state: ApplicationState,
  { actor, reason, kept }: AcceptedLoss,
  policy: Policy,
  now: Instant,
): Decision {
  const settings = settingsOf(policy.flags, state.flags);
  const changes: FlagChange[] = [];
  const written: StateChange[] = [];
  for (const [flag, declared] of policy.flags) {
    const known = kept.get(flag);
    if (known === undefined) continue;
    const before = settings.get(flag) as FlagSetting;
    const { enabled, rolloutPercentage } = known;
    const after = isTooMuch(before, known, declared) ? { enabled, rolloutPercentage } : before;
    const quarantinedBy = known.quarantinedBy ?? state.flags.get(flag)?.quarantinedBy ?? null;
    if (after !== before) changes.push({ flag, before, after });
    else if (known.quarantinedBy === null) continue;
    const value = { ...after, updatedAt: now, updatedBy: actor, quarantinedBy };
    written.push({ kind: "flag", key: flag, value });
  }
  const then = applied(settings, changes);
  const detail = `the loss of the store's data was accepted by ${actor}: ${reason}; ${whatStays(changes, kept)}`;
  const ended = isActive(state.rollout)
    ? endedRollout(state.rollout, { outcome: "aborted", reason: "aborted", detail, actor }, now)
    : null;
  const event = eventOf({
    at: now,
    actor,
    reason: "flag_changed",
    detail,
    flags: changes,
    traffic: { before: trafficOf(policy, settings), after: trafficOf(policy, then) },
    rollout: ended === null ? null : eventRolloutOf(ended),
  });
  return decided(event, [...written, ...changesOfEnd(ended)], endOfRollout(event.rollout, event));
}

/** A kill switch that is on keeps people from all the rest. */
function isTooMuch(now: FlagSetting, known: FlagSetting, flag: FlagPolicy): boolean {
  return flag.kind === "kill-switch" ? known.enabled && !now.enabled : isMore(now, known, flag);
}

function whatStays(changes: readonly FlagChange[], kept: AcceptedLoss["kept"]): string {
  if (kept.size === 0) return "nothing was kept here, so that the policy's defaults stand";
  return changes.length === 1
    ? "1 flag stays as low as it was kept"
    : `${changes.length} flags stay as low as they were kept`;
}
