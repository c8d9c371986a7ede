import { setTimeout as delay } from "node:timers/promises";
import type { CliClock, Io } from "./io.ts";

const systemClock: CliClock = {
  now: () => Date.now(),
  sleep: (duration, signal) => delay(duration, undefined, { signal }).catch(() => undefined),
};

export function clockOf({ clock }: Io): CliClock {
  return clock ?? systemClock;
}
