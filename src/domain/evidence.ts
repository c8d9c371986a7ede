import type { Counts, CountsBefore } from "./counts.ts";
import type { KeysSeen } from "./keys-seen.ts";
import type { Instant } from "./time.ts";

/** What was seen of an application at one moment, taken outside of its lock. */
export interface Evidence {
  /** The rollout and the stage that it was taken for; for any other it says nothing. */
  readonly rollout: string;
  /** Index into the plan's stages. */
  readonly stage: number;
  readonly takenAt: Instant;
  /** By metric: the value of each of its series, NaN left out; none when there is no data. */
  readonly values: ReadonlyMap<string, readonly number[]>;
  /** By metric: what was counted since it was last judged by counts; absent: nothing was. */
  readonly counts?: ReadonlyMap<string, Counts>;
  /** By metric: what was counted before the stage; absent: it was not asked for. */
  readonly countsBefore?: ReadonlyMap<string, CountsBefore>;
  /** The users whom the traffic flag's percentage has decided for, as this responder knows them; absent: it knows none. */
  readonly keys?: KeysSeen;
  /** What keeps us from seeing, in words: a server that does not answer, a blindness alert that fires. */
  readonly blindness: readonly string[];
}
