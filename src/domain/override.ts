import type { FlagPolicies } from "./flag.ts";
import type { Policy } from "./policy.ts";

/** What the environment says of flags, by key: on for everybody, or off for everybody. */
export type Overrides = ReadonlyMap<string, boolean>;

/** The environment variable that overrides a flag: its key in capitals, with `_` for what no variable's name has. */
export function overrideVariableOf(key: string): string {
  return key.toUpperCase().replaceAll(/[.-]/g, "_");
}

/** The policy in force: the file's, and what the environment says. Whatever it said before is forgotten. */
export function withOverrides(policy: Policy, overrides: Overrides): Policy {
  return { ...policy, flags: flagsWith(policy.flags, overrides) };
}

/** As the store and the policy file have it. */
export function withoutOverrides(flags: FlagPolicies): FlagPolicies {
  return flagsWith(flags, new Map());
}

function flagsWith(flags: FlagPolicies, overrides: Overrides): FlagPolicies {
  return new Map([...flags].map(([key, flag]) => [key, { ...flag, override: overrides.get(key) ?? null }]));
}
