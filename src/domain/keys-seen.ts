import { BUCKETS } from "./bucket.ts";
import type { CompiledFlag } from "./evaluate.ts";

/**
 * How many distinct users a flag's percentage has decided for since it last changed, as one responder knows them: by their
 * targeting keys, whatever each of them was answered how often. Users whom targeting decides for are not among them.
 */
export interface KeysSeen {
  readonly flag: string;
  /** Percent of users who are to have the treatment. */
  readonly percentage: number;
  /** About how many had the treatment: the flag was on for them. */
  readonly treatment: number;
  /** About how many had not. */
  readonly control: number;
  /** Those that were counted one by one, a sample by chance; all of them while they are few. */
  readonly sampled: { readonly treatment: number; readonly control: number };
}

/**
 * How many buckets of users a flag is on for.
 * @returns null where no part of them is drawn: it is on or off for everybody, or a ramp moves its percentage all the time
 */
export function bucketsDrawn({ fixed, own }: CompiledFlag): number | null {
  const isDrawn = fixed === null && own.ramp === null && own.buckets > 0 && own.buckets < BUCKETS;
  return isDrawn ? own.buckets : null;
}
