import type { FlagChange } from "./flag.ts";
import type { ApplicationState, StateChange } from "./state.ts";
import type { Instant } from "./time.ts";
import { quarantinedAmong } from "./turn-down.ts";

/** Flags as an operator sets them. What that raises leaves quarantine: whoever may raise it has acknowledged that. */
export function writtenBy(
  actor: string,
  changes: readonly FlagChange[],
  raised: readonly string[],
  state: ApplicationState,
  now: Instant,
): StateChange[] {
  const released = new Set(quarantinedAmong(raised, state));
  return changes.map(({ flag, after }) => {
    const quarantinedBy = released.has(flag) ? null : (state.flags.get(flag)?.quarantinedBy ?? null);
    return { kind: "flag", key: flag, value: { ...after, updatedAt: now, updatedBy: actor, quarantinedBy } };
  });
}
