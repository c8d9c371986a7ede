import { BUCKETS, bucketOf, bucketsOn, type Salt, saltOf } from "./bucket.ts";
import {
  type FlagPolicies,
  type FlagPolicy,
  type FlagSetting,
  killSwitchIsOn,
  type Settings,
  settingsOf,
} from "./flag.ts";
import { overrideVariableOf } from "./override.ts";
import { type Ramp, rampAt } from "./ramp.ts";
import type { ApplicationState } from "./state.ts";
import { type Attributes, type Targeting, targetedValue } from "./targeting.ts";
import type { Instant } from "./time.ts";

/**
 * OpenFeature's words. `DISABLED` is not among them: Go's OFREP provider then takes the code's default, whatever `value`
 * says, and a flag that was rolled back would be on where that default is true.
 */
export type EvaluationReason = "STATIC" | "TARGETING_MATCH" | "SPLIT" | "UNKNOWN";

/**
 * Why a flag is off for everybody, the first of these that holds; `parent` also says so to those for whom only the parent
 * is off. `unknown`: for too long nothing has been known of it.
 */
export type OffCause =
  | "override"
  | "kill_switch"
  | "parent"
  | "rollback"
  | "disabled"
  | "percentage"
  | "unknown";

/** What an application is told of one flag. The same object is given to everybody: it is never written. */
export interface Evaluation {
  readonly key: string;
  readonly value: boolean;
  readonly variant: "on" | "off";
  readonly reason: EvaluationReason;
  readonly metadata: EvaluationMetadata;
}

export interface EvaluationMetadata {
  readonly revision: number;
  /** The rollback that turned it down. */
  readonly rollback?: string;
  /** Why it is off; not there where it is on, or where targeting or the percentage decides for this user. */
  readonly cause?: OffCause;
  /** The environment variable that decides. */
  readonly override?: string;
  /** The store is away: what was last known of it. */
  readonly stale?: true;
}

/** The flag's share needs somebody whom it is shared among. */
export const TARGETING_KEY_MISSING = "targeting_key_missing";

export type EvaluationResult = Evaluation | typeof TARGETING_KEY_MISSING;

/** How much is known of what the flags are: everything; what was last known; too long ago to go by. */
export type Knowledge = "fresh" | "stale" | "lost";

/** Flags of one revision, ready to be evaluated. */
export interface FlagSet {
  readonly revision: number;
  readonly flags: ReadonlyMap<string, CompiledFlag>;
}

/** A flag with everything decided that does not depend on the user or the time. */
export interface CompiledFlag {
  readonly key: string;
  /** The answer for everybody; null: it depends. */
  readonly fixed: Evaluation | null;
  /** Its ancestors that are on for some only. */
  readonly above: Line | null;
  readonly own: Gate;
  readonly salt: Salt;
  readonly answers: Answers;
}

/** What of a flag depends on the user or the time. */
interface Gate {
  readonly percentage: number;
  /** Of `percentage`, where no ramp makes it less. */
  readonly buckets: number;
  readonly ramp: Ramp | null;
  readonly targeting: Targeting | null;
}

/** Linked, since thousands of flags may share those above them. */
interface Line {
  readonly gate: Gate;
  readonly above: Line | null;
}

/** Made once for each flag: an evaluation allocates nothing. */
interface Answers {
  /** Below a parent that is off. */
  readonly below: Evaluation;
  readonly matched: Evaluation;
  readonly unmatched: Evaluation;
  readonly everybody: Evaluation;
  readonly nobody: Evaluation;
  readonly splitOn: Evaluation;
  readonly splitOff: Evaluation;
}

/**
 * Compiles the flags of a state. With knowledge that is lost, a flag stays on only where it was, and its policy says that
 * this is safe: what was seen to be killed never comes back by itself.
 */
export function compileFlags(
  flags: FlagPolicies,
  state: Pick<ApplicationState, "flags" | "revision">,
  knowledge: Knowledge = "fresh",
): FlagSet {
  const settings = settingsOf(flags, state.flags);
  const killed = killSwitchIsOn(flags, settings);
  const ancestry = new Ancestry(flags, settings, killed);
  const shared: { -readonly [Name in keyof EvaluationMetadata]: EvaluationMetadata[Name] } = {
    revision: state.revision,
    ...(knowledge === "fresh" ? {} : { stale: true }),
  };
  const compiled = new Map<string, CompiledFlag>();
  for (const flag of flags.values()) {
    const rollback = state.flags.get(flag.key)?.quarantinedBy ?? null;
    const metadata = { ...shared };
    if (rollback !== null) metadata.rollback = rollback;
    if (flag.override !== null) metadata.override = overrideVariableOf(flag.key);
    compiled.set(flag.key, compileFlag(flag, settings, ancestry, metadata, knowledge));
  }
  return { revision: state.revision, flags: compiled };
}

/**
 * The value of a flag for one user now: environment override, kill switch, parents, targeting, percentage, in this order.
 * Synchronous, and without effects.
 */
export function evaluate(
  flag: CompiledFlag,
  targetingKey: string | undefined,
  attributes: Attributes,
  now: Instant,
): EvaluationResult {
  if (flag.fixed !== null) return flag.fixed;
  const { own, answers } = flag;
  for (let line = flag.above; line !== null; line = line.above)
    if (!isOpen(line.gate, targetingKey, attributes, now)) return answers.below;
  if (own.targeting !== null) {
    const targeted = targetedValue(own.targeting, targetingKey, attributes);
    if (targeted !== null) return targeted ? answers.matched : answers.unmatched;
  }
  const buckets = own.ramp === null ? own.buckets : bucketsOn(percentageAt(own, now));
  if (buckets === BUCKETS) return answers.everybody;
  if (buckets === 0) return answers.nobody;
  if (targetingKey === undefined) return TARGETING_KEY_MISSING;
  return bucketOf(flag.salt, targetingKey) < buckets ? answers.splitOn : answers.splitOff;
}

/** A parent is a switch, not a share: it is off for a user where it is off for everybody, or targeting says so. */
function isOpen(gate: Gate, targetingKey: string | undefined, attributes: Attributes, now: Instant): boolean {
  const targeted = gate.targeting === null ? null : targetedValue(gate.targeting, targetingKey, attributes);
  return targeted ?? percentageAt(gate, now) > 0;
}

function percentageAt({ percentage, ramp }: Gate, now: Instant): number {
  return ramp === null ? percentage : Math.min(percentage, rampAt(ramp, now));
}

function compileFlag(
  flag: FlagPolicy,
  settings: Settings,
  ancestry: Ancestry,
  metadata: EvaluationMetadata,
  knowledge: Knowledge,
): CompiledFlag {
  const { key, override } = flag;
  const own = gateOf(flag, settings);
  const above = ancestry.above(flag);
  const isLost = knowledge === "lost" && !flag.safeValue && override === null;
  const cause = whyOff(flag, ancestry, metadata) ?? (isLost ? "unknown" : null);
  const line = above === EVERYBODY_OFF ? null : above;
  // Only where it can be told: after a rollback the flags of every application are compiled anew.
  const mayBeNone = own.buckets === 0 || own.ramp !== null;
  const causes = {
    below: line === null ? null : "parent",
    nobody: cause ?? (mayBeNone ? turnedDown(metadata, "percentage") : null),
  } as const;
  const answers = answersOf(key, metadata, causes, knowledge === "lost");
  const compiled = { key, own, above: line, salt: saltOf(key), answers };
  if (cause !== null) return { ...compiled, fixed: answers.nobody };
  if (override !== null) return { ...compiled, fixed: answers.everybody };
  const depends = line !== null || own.targeting !== null || own.ramp !== null;
  if (depends || (own.buckets > 0 && own.buckets < BUCKETS)) return { ...compiled, fixed: null };
  return { ...compiled, fixed: own.buckets === 0 ? answers.nobody : answers.everybody };
}

/** null: it is not off for everybody, unless its percentage says so. */
function whyOff(flag: FlagPolicy, ancestry: Ancestry, metadata: EvaluationMetadata): OffCause | null {
  if (flag.override !== null) return flag.override ? null : "override";
  if (ancestry.isKilled(flag)) return "kill_switch";
  if (ancestry.above(flag) === EVERYBODY_OFF) return "parent";
  return ancestry.isOff(flag) ? turnedDown(metadata, "disabled") : null;
}

function turnedDown({ rollback }: EvaluationMetadata, otherwise: OffCause): OffCause {
  return rollback === undefined ? otherwise : "rollback";
}

function gateOf({ key, ramp, targeting }: FlagPolicy, settings: Settings): Gate {
  // Settings are those of the same flags.
  const { rolloutPercentage: percentage } = settings.get(key) as FlagSetting;
  return { percentage, buckets: bucketsOn(percentage), ramp, targeting };
}

function answersOf(
  key: string,
  metadata: EvaluationMetadata,
  causes: Readonly<Record<"below" | "nobody", OffCause | null>>,
  isLost: boolean,
): Answers {
  const answer = (value: boolean, reason: EvaluationReason, why: OffCause | null = null): Evaluation => ({
    key,
    value,
    variant: value ? "on" : "off",
    reason: isLost ? "UNKNOWN" : reason,
    metadata: why === null ? metadata : { ...metadata, cause: why },
  });
  return {
    below: answer(false, "STATIC", causes.below),
    matched: answer(true, "TARGETING_MATCH"),
    unmatched: answer(false, "TARGETING_MATCH"),
    everybody: answer(true, "STATIC"),
    nobody: answer(false, "STATIC", causes.nobody),
    splitOn: answer(true, "SPLIT"),
    splitOff: answer(false, "SPLIT"),
  };
}

const EVERYBODY_OFF = "off";

type Above = Line | null | typeof EVERYBODY_OFF;

/** What is above each flag, found out once. */
class Ancestry {
  readonly #flags: FlagPolicies;
  readonly #settings: Settings;
  readonly #killed: boolean;
  /** By flag: what its children have above them, itself included. */
  readonly #lines = new Map<string, Above>();

  constructor(flags: FlagPolicies, settings: Settings, killed: boolean) {
    this.#flags = flags;
    this.#settings = settings;
    this.#killed = killed;
    for (const flag of flags.values()) this.#find(flag);
  }

  isKilled({ kind, protected: isProtected }: FlagPolicy): boolean {
    return this.#killed && kind !== "kill-switch" && !isProtected;
  }

  /** By its own setting, or by the kill switch. */
  isOff(flag: FlagPolicy): boolean {
    return this.isKilled(flag) || this.#settings.get(flag.key)?.enabled !== true;
  }

  /** A parent that is not there is off, as in `exposuresOf`. */
  above({ parent }: FlagPolicy): Above {
    if (parent === null) return null;
    const line = this.#lines.get(parent);
    return line === undefined ? EVERYBODY_OFF : line;
  }

  /** From the top, and not by recursion: a line may be thousands long. */
  #find(flag: FlagPolicy): void {
    const line: FlagPolicy[] = [];
    let next: FlagPolicy | undefined = flag;
    while (next !== undefined && !this.#lines.has(next.key)) {
      line.push(next);
      next = next.parent === null ? undefined : this.#flags.get(next.parent);
    }
    for (const one of line.reverse()) this.#lines.set(one.key, this.#lineOf(one));
  }

  #lineOf(flag: FlagPolicy): Above {
    if (flag.override !== null) return flag.override ? null : EVERYBODY_OFF;
    const above = this.above(flag);
    if (above === EVERYBODY_OFF || this.isOff(flag)) return EVERYBODY_OFF;
    const gate = gateOf(flag, this.#settings);
    if (gate.targeting !== null || gate.ramp !== null) return { gate, above };
    return gate.percentage > 0 ? above : EVERYBODY_OFF;
  }
}
