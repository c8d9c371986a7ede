import type { Duration } from "../../domain/time.ts";

/** Of what each application's time is ahead by, or behind: that of a Redis Cluster may be on machines of their own. */
export function farthest(all: readonly (Duration | undefined)[]): Duration | null {
  let most: Duration | null = null;
  for (const each of all)
    if (each !== undefined && (most === null || Math.abs(each) > Math.abs(most))) most = each;
  return most;
}
