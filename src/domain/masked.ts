import { exposuresOf, type FlagPolicies, type FlagPolicy, type FlagSetting, type Settings } from "./flag.ts";
import { listed } from "./listed.ts";
import { overrideVariableOf, withoutOverrides } from "./override.ts";
import { planTier, type TierRequest } from "./plan-tier.ts";
import type { Policy } from "./policy.ts";
import { applied } from "./turn-down.ts";

const ON: FlagSetting = { enabled: true, rolloutPercentage: 100 };

/**
 * What a tier is meant to take from users, and they meet all the same since the environment says so; in words, null
 * when there is nothing of it.
 *
 * Asked of a world in which everything is on: so it names what the tier turns down, itself or with a flag above it,
 * also where the store has it off already, and no flag that is none of the tier's business.
 */
export function maskOfTier(request: TierRequest, settings: Settings, policy: Policy): string | null {
  if (!isOverridden(policy.flags)) return null;
  const all = allOn(settings, policy.flags);
  return maskOf(policy.flags, applied(all, planTier(request, all, policy)));
}

/** The same of the kill switch, when it is turned on or off by hand. */
export function maskOfShutdown(killSwitch: FlagPolicy, on: boolean, policy: Policy): string | null {
  if (!on) return killSwitch.override === true ? killSwitchStays(killSwitch, "on") : null;
  return maskOf(policy.flags, new Map(allOn(new Map(), policy.flags)).set(killSwitch.key, ON));
}

/**
 * The same of flags that an operator sets: those that are to be met by fewer than everybody, or are below one that goes
 * off, and stay on; and those that are to be met, and stay off.
 * @param set each flag that the operator named, as it is to be
 */
export function maskOfSetting(set: Settings, { flags }: Policy): string | null {
  if (!isOverridden(flags)) return null;
  const switched = [...flags.values()].filter(({ kind }) => kind !== "kill-switch");
  const all = new Map(switched.map(({ key }) => [key, set.get(key) ?? ON]));
  const meant = exposuresOf(withoutOverrides(flags), all);
  const kept = (stays: boolean): string[] =>
    switched
      .filter(({ key, override }) => {
        const exposure = meant.get(key) as number;
        return override === stays && (stays ? exposure < 100 : set.has(key) && exposure > 0);
      })
      .map(({ key }) => key);
  const [on, off] = [kept(true), kept(false)];
  const told = [on.length > 0 ? flagsStay(on, "on") : "", off.length > 0 ? flagsStay(off, "off") : ""];
  return told.filter((text) => text !== "").join("; ") || null;
}

function isOverridden(flags: FlagPolicies): boolean {
  for (const { override } of flags.values()) if (override !== null) return true;
  return false;
}

/** The kill switch stays as it is. */
function allOn(settings: Settings, flags: FlagPolicies): Settings {
  const all = new Map(settings);
  for (const [key, { kind }] of flags) if (kind !== "kill-switch") all.set(key, ON);
  return all;
}

/** @param meant what the store would hold if the tier had found everything on */
function maskOf(flags: FlagPolicies, meant: Settings): string | null {
  const exposures = exposuresOf(withoutOverrides(flags), meant);
  const kept: string[] = [];
  const told: string[] = [];
  for (const flag of flags.values()) {
    if (flag.kind !== "kill-switch") {
      const isLess = (exposures.get(flag.key) as number) < 100;
      if (flag.override === true && !flag.protected && isLess) kept.push(flag.key);
    } else if (flag.override === false && meant.get(flag.key)?.enabled)
      told.push(killSwitchStays(flag, "off"));
  }
  if (kept.length > 0) told.push(flagsStay(kept, "on"));
  return told.length === 0 ? null : told.join("; ");
}

function flagsStay(keys: readonly string[], state: "on" | "off"): string {
  const which = keys.length === 1 ? "the environment override keeps" : "environment overrides keep";
  const variables = keys.map(overrideVariableOf);
  return `${which} ${listed(keys)} ${state} for everybody: unset ${listed(variables)} and restart Rollguard`;
}

function killSwitchStays({ key }: FlagPolicy, state: "on" | "off"): string {
  return `the environment override keeps the kill switch ${key} ${state}: unset ${overrideVariableOf(key)} and restart Rollguard`;
}
