import type { FlagState } from "./flag.ts";
import { statusOf } from "./rollout.ts";
import type { ApplicationState, StateChange } from "./state.ts";

type Held = Pick<ApplicationState, "flags" | "rollback" | "rollout">;

/** Whether a flag, by its key, keeps people from the rest while it is on. */
export type IsKillSwitch = (flag: string) => boolean;

/**
 * Whether whoever goes on from `found` turns nothing up that `known` has down: no flag reaches more people, none may be
 * raised that waits for an acknowledgement, no rollback is forgotten, and no other rollout moves.
 */
export function keepsDown(
  known: Held,
  { flags, rollback, rollout }: Held,
  isKillSwitch: IsKillSwitch,
): boolean {
  if (known.rollback !== null && rollback === null) return false;
  if (moves(rollout) && !(moves(known.rollout) && rollout?.id === known.rollout?.id)) return false;
  return [...known.flags].every(([key, before]) => isNoMore(flags.get(key), before, isKillSwitch(key)));
}

/** One that is not there stands at its policy's default, whatever that is. */
function isNoMore(now: FlagState | undefined, before: FlagState, isKillSwitch: boolean): boolean {
  if (now === undefined || (before.quarantinedBy !== null && now.quarantinedBy === null)) return false;
  if (isKillSwitch) return now.enabled || !before.enabled;
  return !now.enabled || (before.enabled && now.rolloutPercentage <= before.rolloutPercentage);
}

function moves(rollout: Held["rollout"]): boolean {
  return rollout !== null && ["running", "holding"].includes(statusOf(rollout));
}

/** What `keepsDown` looks at, when the changes are made. */
export function changed(state: Held, changes: readonly StateChange[]): Held {
  const flags = new Map(state.flags);
  let { rollback, rollout } = state;
  for (const change of changes) {
    if (change.kind === "flag") flags.set(change.key, change.value);
    if (change.kind === "rollback") rollback = change.value;
    if (change.kind === "rollout") rollout = change.value;
  }
  return { flags, rollback, rollout };
}
