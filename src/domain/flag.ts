import type { Ramp } from "./ramp.ts";
import type { Targeting } from "./targeting.ts";
import type { Instant } from "./time.ts";

/** What a switch is for decides who may touch it. A rollback changes `release` flags only. */
export type FlagKind = "release" | "kill-switch" | "operational";

export type Risk = "low" | "medium" | "high";

/** A flag as its policy declares it, and as the environment overrides it. */
export interface FlagPolicy {
  readonly key: string;
  readonly kind: FlagKind;
  readonly enabled: boolean;
  /** Percent of users, 0 to 100, with at most two decimals. */
  readonly rolloutPercentage: number;
  readonly phase: number | null;
  readonly risk: Risk | null;
  readonly parent: string | null;
  /** Survives the kill switch and every tier. */
  readonly protected: boolean;
  readonly description: string;
  /** Who meets it whatever its percentage is; null: nobody in particular. */
  readonly targeting: Targeting | null;
  /** How its percentage changes by itself; null: not at all. */
  readonly ramp: Ramp | null;
  /** Whether it may stay on when nothing has been known of it for too long. */
  readonly safeValue: boolean;
  /** On or off for everybody, whatever else is said of the flag; null: the environment says nothing of it. */
  readonly override: boolean | null;
}

/** The part of a flag that a rollback, a plan or an operator moves. */
export interface FlagSetting {
  readonly enabled: boolean;
  /** Percent of users, 0 to 100. */
  readonly rolloutPercentage: number;
}

/** A flag as it is now. */
export interface FlagState extends FlagSetting {
  readonly updatedAt: Instant;
  /** `alertmanager`, `clock`, `reconcile`, or an operator's name. */
  readonly updatedBy: string;
  /** The rollback that turned it down; raising it needs an operator's acknowledgement. */
  readonly quarantinedBy: string | null;
}

/** When more people last began to meet a flag, and who did that: what is blamed first when an alert fires. */
export interface Raise {
  readonly at: Instant;
  /** `clock`, or an operator's name. */
  readonly by: string;
}

export interface FlagChange {
  readonly flag: string;
  readonly before: FlagSetting;
  readonly after: FlagSetting;
}

export type FlagPolicies = ReadonlyMap<string, FlagPolicy>;

/** The setting of each flag of a policy: what was stored, else the policy's default. */
export type Settings = ReadonlyMap<string, FlagSetting>;

export const OFF: FlagSetting = { enabled: false, rolloutPercentage: 0 };

/** Joins what was ever changed with the policy's defaults; a stored flag that the policy dropped is left out. */
export function settingsOf(
  flags: FlagPolicies,
  stored: ReadonlyMap<string, FlagSetting>,
): Map<string, FlagSetting> {
  const settings = new Map<string, FlagSetting>();
  for (const [key, flag] of flags) {
    const { enabled, rolloutPercentage } = stored.get(key) ?? flag;
    settings.set(key, { enabled, rolloutPercentage });
  }
  return settings;
}

/**
 * Percent of users who can meet each flag: an override's 100 or 0; else 0 when it or any ancestor is off, or the kill
 * switch is on; else its own percentage. A protected flag ignores the kill switch.
 */
export function exposuresOf(flags: FlagPolicies, settings: Settings): Map<string, number> {
  const killed = killSwitchIsOn(flags, settings);
  const exposures = new Map<string, number>();
  for (const flag of flags.values()) {
    for (const next of unknownLineOf(flag, flags, exposures)) {
      const above = next.parent === null ? 100 : (exposures.get(next.parent) ?? 0);
      exposures.set(next.key, overridden(next) ?? (above === 0 ? 0 : ownExposure(next, settings, killed)));
    }
  }
  return exposures;
}

/** What somebody has to count as who is reached by a flag's targeting alone. */
const TRACE = 0.001;

/** As `exposuresOf`, but a flag that is on for 0 % is met by a trace: by whom its targeting names; and so is what is below it. */
export function reachesOf(flags: FlagPolicies, settings: Settings): Map<string, number> {
  const reached = new Map(settings);
  for (const [key, { targeting }] of flags) {
    const setting = settings.get(key);
    if (targeting !== null && setting?.enabled && setting.rolloutPercentage === 0)
      reached.set(key, { enabled: true, rolloutPercentage: TRACE });
  }
  return exposuresOf(flags, reached);
}

/** The exposure of one flag; 0 of a flag that is not there. */
export function exposureOf(key: string, flags: FlagPolicies, settings: Settings): number {
  return exposuresOf(flags, settings).get(key) ?? 0;
}

/** The flag and its ancestors, from the top, as far as their exposure is not known yet. */
function unknownLineOf(
  flag: FlagPolicy,
  flags: FlagPolicies,
  known: ReadonlyMap<string, number>,
): FlagPolicy[] {
  const line: FlagPolicy[] = [];
  let next: FlagPolicy | undefined = flag;
  while (next !== undefined && !known.has(next.key)) {
    line.push(next);
    next = next.parent === null ? undefined : flags.get(next.parent);
  }
  return line.reverse();
}

function overridden({ override }: FlagPolicy): number | null {
  return override === null ? null : override ? 100 : 0;
}

function ownExposure(flag: FlagPolicy, settings: Settings, killed: boolean): number {
  const setting = settings.get(flag.key);
  if (!setting?.enabled) return 0;
  return killed && flag.kind !== "kill-switch" && !flag.protected ? 0 : setting.rolloutPercentage;
}

function killSwitchOf(flags: FlagPolicies): FlagPolicy | undefined {
  for (const flag of flags.values()) if (flag.kind === "kill-switch") return flag;
  return undefined;
}

/** By its override, else as it was set. */
export function killSwitchIsOn(flags: FlagPolicies, settings: Settings): boolean {
  const flag = killSwitchOf(flags);
  return flag !== undefined && (flag.override ?? settings.get(flag.key)?.enabled === true);
}

/** The flag and everything below it. */
export function withDescendants(keys: Iterable<string>, flags: FlagPolicies): Set<string> {
  const found = new Set(keys);
  let before = -1;
  while (found.size !== before) {
    before = found.size;
    for (const flag of flags.values())
      if (flag.parent !== null && found.has(flag.parent)) found.add(flag.key);
  }
  return found;
}

/** Whether more users may meet it: one that is on for 0 % is met by those whom its targeting names, if it names any. */
export function isMore(
  after: FlagSetting,
  before: FlagSetting,
  { targeting }: Pick<FlagPolicy, "targeting">,
): boolean {
  const least = targeting === null ? 0 : TRACE;
  const share = ({ enabled, rolloutPercentage }: FlagSetting): number =>
    enabled ? Math.max(rolloutPercentage, least) : 0;
  return share(after) > share(before);
}

export function sameSetting(a: FlagSetting, b: FlagSetting): boolean {
  return a.enabled === b.enabled && a.rolloutPercentage === b.rolloutPercentage;
}

/** Whether a rollback may touch it. */
export function isTurnedDown(key: string, flags: FlagPolicies): boolean {
  const flag = flags.get(key);
  return flag?.kind === "release" && !flag.protected;
}
