import type { FlagSetting } from "./flag.ts";
import type { Duration } from "./time.ts";

/** One step of a plan. */
export interface Stage {
  readonly name: string;
  /** Percent of users served by the new system. */
  readonly traffic: number;
  /** Flags set in the commit that enters the stage, besides the traffic flag. */
  readonly flags: ReadonlyMap<string, FlagSetting>;
  readonly bake: Duration;
  readonly checkEvery: Duration;
  readonly gate: string;
  readonly approval: boolean;
}

export interface Plan {
  readonly name: string;
  readonly description: string;
  readonly stages: readonly Stage[];
  /** A stage begins at least this long after the one before it did; null: as soon as that one is promoted. */
  readonly stepEvery: Duration | null;
  /** In production it starts only with the words `--yes-i-am-sure`. */
  readonly dangerous: boolean;
}

/** The plan `custom` has no stages of its own: `--steps` and `--wait` make them. */
export interface CustomPlan {
  /** Flags that its first stage sets, besides the traffic flag. */
  readonly flags: ReadonlyMap<string, FlagSetting>;
  readonly checkEvery: Duration;
  readonly gate: string;
}
