import {
  exposuresOf,
  type FlagChange,
  type FlagPolicies,
  type FlagPolicy,
  killSwitchIsOn,
  type Settings,
} from "./flag.ts";
import { listed } from "./listed.ts";
import { overrideVariableOf } from "./override.ts";
import type { Policy } from "./policy.ts";

/**
 * Flags that were set so that people meet them, and that nobody meets yet because of something above them: in words that
 * follow others, empty when there is none. What an override of their own does to them is told elsewhere.
 */
export function notMet(changes: readonly FlagChange[], then: Settings, { flags }: Policy): string {
  const exposures = exposuresOf(flags, then);
  const unmet = changes.flatMap(({ flag, before, after }) => {
    if (!after.enabled)
      return after.rolloutPercentage > before.rolloutPercentage ? [`${flag} (it is off)`] : [];
    if (after.rolloutPercentage === 0 || (exposures.get(flag) as number) > 0) return [];
    const why = hiddenBy(flags.get(flag) as FlagPolicy, flags, exposures, then);
    return why === null ? [] : [`${flag} (${why})`];
  });
  return unmet.length === 0 ? "" : `; nobody meets yet: ${listed(unmet)}`;
}

/** What keeps everybody from a flag that is on. */
function hiddenBy(
  flag: FlagPolicy,
  flags: FlagPolicies,
  exposures: ReadonlyMap<string, number>,
  settings: Settings,
): string | null {
  if (flag.override === false) return null;
  if (!flag.protected && killSwitchIsOn(flags, settings)) return "the kill switch is on";
  const above = topmostOff(flag, flags, exposures);
  return above.override === false
    ? `${overrideVariableOf(above.key)} keeps ${above.key} off`
    : `${above.key} is off`;
}

/** A flag that is off is so because of the highest one in the line of those above it that are. */
function topmostOff(
  flag: FlagPolicy,
  flags: FlagPolicies,
  exposures: ReadonlyMap<string, number>,
): FlagPolicy {
  let found = flag;
  for (
    let next = parentOf(flag, flags);
    next !== undefined && exposures.get(next.key) === 0;
    next = parentOf(next, flags)
  )
    found = next;
  return found;
}

function parentOf({ parent }: FlagPolicy, flags: FlagPolicies): FlagPolicy | undefined {
  return parent === null ? undefined : flags.get(parent);
}
