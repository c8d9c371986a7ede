import { BUCKETS } from "./bucket.ts";
import type { CompiledFlag } from "./evaluate.ts";

/**
 * How many buckets of users a flag is on for.
 * @returns null where no part of them is drawn: it is on or off for everybody, or a ramp moves its percentage all the time
 */
export function bucketsDrawn({ fixed, own }: CompiledFlag): number | null {
  const isDrawn = fixed === null && own.ramp === null && own.buckets > 0 && own.buckets < BUCKETS;
  return isDrawn ? own.buckets : null;
}
