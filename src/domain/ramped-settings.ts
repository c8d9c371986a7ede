import type { FlagPolicies, FlagSetting, Settings } from "./flag.ts";
import { type Ramp, rampAt } from "./ramp.ts";
import type { Instant } from "./time.ts";

/** The settings as they are met now. */
export function rampedSettings(flags: FlagPolicies, settings: Settings, now: Instant): Settings {
  return new Map(
    [...settings].map(([key, setting]): [string, FlagSetting] => {
      const ramp = flags.get(key)?.ramp ?? null;
      return [key, ramp === null ? setting : { ...setting, rolloutPercentage: limited(setting, ramp, now) }];
    }),
  );
}

function limited({ rolloutPercentage }: FlagSetting, ramp: Ramp, now: Instant): number {
  return Math.min(rolloutPercentage, rampAt(ramp, now));
}
