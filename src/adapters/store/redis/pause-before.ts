/** The longest pause between two attempts to get the lock. */
const MAX_PAUSE = 25;

/** Milliseconds, growing, and never the same for two who wait. */
export function pauseBefore(attempt: number): number {
  return Math.min(MAX_PAUSE, 2 ** Math.min(attempt, 5) * 2) * (0.5 + Math.random() / 2);
}
