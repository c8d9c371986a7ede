import type { Times } from "./application-clock.ts";
import type { RedisState } from "./redis-state.ts";

/** What the holder of the lock goes by. */
export interface Locked {
  readonly token: string;
  readonly state: RedisState;
  readonly times: Times;
}
