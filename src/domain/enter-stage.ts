import { type Bake, checkEveryOf, counting, startBake } from "./bake.ts";
import { NOT_COUNTED } from "./counting.ts";
import { type FlagChange, type FlagSetting, type Settings, settingsOf } from "./flag.ts";
import type { Gate } from "./gate.ts";
import { isSequential } from "./gate-counts.ts";
import { withThresholds } from "./judge.ts";
import { BLOCK } from "./judging/block.ts";
import type { Policy } from "./policy.ts";
import { type Rollout, stageOf } from "./rollout.ts";
import { changesTo } from "./stage-settings.ts";
import type { ApplicationState, StateChange } from "./state.ts";
import type { Duration, Instant } from "./time.ts";
import { applied, trafficOf } from "./turn-down.ts";

export interface Entered {
  readonly flags: readonly FlagChange[];
  readonly traffic: { readonly before: number; readonly after: number };
  readonly changes: readonly StateChange[];
}

interface Entering {
  readonly state: ApplicationState;
  readonly policy: Policy;
  readonly now: Instant;
  readonly actor: string;
  /** At its new stage already. */
  readonly rollout: Rollout;
  readonly target: Settings;
  /** Flags that an operator lets out of quarantine. */
  readonly released: ReadonlySet<string>;
}

/** A stage's part of a commit: its flags are set, and its bake begins, in the same one. */
export function enterStage({ state, policy, now, actor, rollout, target, released }: Entering): Entered {
  const settings = settingsOf(policy.flags, state.flags);
  const flags = changesTo(target, settings);
  const write = (key: string, setting: FlagSetting): StateChange => ({
    kind: "flag",
    key,
    value: {
      enabled: setting.enabled,
      rolloutPercentage: setting.rolloutPercentage,
      updatedAt: now,
      updatedBy: actor,
      quarantinedBy: released.has(key) ? null : (state.flags.get(key)?.quarantinedBy ?? null),
    },
  });
  const changed = new Set(flags.map(({ flag }) => flag));
  const onlyReleased = [...settings].filter(([key]) => released.has(key) && !changed.has(key));
  return {
    flags,
    traffic: { before: trafficOf(policy, settings), after: trafficOf(policy, applied(settings, flags)) },
    changes: [
      ...flags.map(({ flag, after }) => write(flag, after)),
      ...onlyReleased.map(([key, setting]) => write(key, setting)),
      { kind: "rollout", value: rollout },
      { kind: "bake", value: bakeOf(rollout, policy, now) },
    ],
  };
}

/** The bake of the stage that a rollout is in. */
export function bakeOf(rollout: Rollout, policy: Policy, now: Instant, needed?: Duration): Bake {
  const stage = stageOf(rollout);
  const time = needed ?? stage.bake;
  const criteria = gateOf(rollout, policy)?.criteria ?? [];
  const checkEvery = checkEveryOf(stage, time, criteria);
  return startBake(time, checkEvery, now, criteria.some(isSequential) ? BLOCK : undefined);
}

/** The stage bakes all of it again. What was counted in it still counts: it is of the same percentage. */
export function anew(bake: Bake, rollout: Rollout, policy: Policy, now: Instant, needed: Duration): Bake {
  return counting(bakeOf(rollout, policy, now, needed), bake.counting ?? NOT_COUNTED, bake.few ?? NONE_FEW);
}

const NONE_FEW: ReadonlyMap<string, number> = new Map();

/** The gate of the stage, with the operator's thresholds; undefined when the policy has lost it. */
export function gateOf(rollout: Rollout, { gates }: Policy): Gate | undefined {
  const gate = gates.get(stageOf(rollout).gate);
  return gate === undefined ? undefined : withThresholds(gate, rollout.thresholds);
}
