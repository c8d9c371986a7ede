/** Milliseconds since 1970-01-01T00:00:00Z. It always comes from outside: the domain has no clock. */
export type Instant = number;

/** Milliseconds. */
export type Duration = number;

const UNIT: Readonly<Record<string, Duration>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
};

/** Prometheus' own order: from the largest unit to the smallest, each at most once (`1h30m`, never `30m1h`). */
const PATTERN = /^(?:\d+y)?(?:\d+w)?(?:\d+d)?(?:\d+h)?(?:\d+m)?(?:\d+s)?(?:\d+ms)?$/;

/**
 * Reads a Prometheus duration such as `90s`, `1h30m` or `0`.
 * @returns milliseconds, or `undefined` when the text is no duration.
 */
export function parseDuration(text: string): Duration | undefined {
  if (text === "0") return 0;
  if (text === "" || !PATTERN.test(text)) return undefined;
  return [...text.matchAll(/(\d+)([a-z]+)/g)].reduce((sum, part) => sum + durationOf(part), 0);
}

function durationOf([, amount = "", unit = ""]: RegExpMatchArray): Duration {
  return Number(amount) * (UNIT[unit] ?? 0);
}

/** Writes milliseconds as Prometheus would: `5400000` → `1h30m`, `0` → `0s`. */
export function formatDuration(duration: Duration): string {
  let rest = duration;
  let text = "";
  for (const unit of ["d", "h", "m", "s", "ms"]) {
    const size = durationOf(["", "1", unit]);
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) text += `${count}${unit}`;
  }
  return text === "" ? "0s" : text;
}
