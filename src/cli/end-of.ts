import type { Io } from "./io.ts";

/** Given when the program is asked to stop, or when nobody reads what it writes: for commands that would run on. */
export function endOf(io: Io): AbortSignal {
  const end = new AbortController();
  const reasons = [io.untilStopped(), ...(io.readerGone === undefined ? [] : [io.readerGone])];
  void Promise.race(reasons).then(() => end.abort());
  return end.signal;
}
