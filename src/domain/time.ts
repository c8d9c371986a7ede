/** Milliseconds since 1970-01-01T00:00:00Z. It always comes from outside: the domain has no clock. */
export type Instant = number;

/** Milliseconds. */
export type Duration = number;

/** Prometheus' own order: from the largest unit to the smallest, each at most once (`1h30m`, never `30m1h`). */
const PATTERN = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;

/** In the order of the pattern's groups; a year has 365 days. */
const UNITS: readonly (readonly [name: string, size: Duration])[] = [
  ["y", 31_536_000_000],
  ["w", 604_800_000],
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
  ["ms", 1],
];

/**
 * Reads a Prometheus duration such as `90s`, `1h30m` or `0`.
 * @returns milliseconds, or `undefined` when the text is no duration
 */
export function parseDuration(text: string): Duration | undefined {
  if (text === "0") return 0;
  const amounts = text === "" ? null : PATTERN.exec(text);
  if (amounts === null) return undefined;
  return UNITS.reduce((sum, [, size], index) => sum + Number(amounts[index + 1] ?? 0) * size, 0);
}

/** Writes milliseconds as Prometheus would: `5400000` → `1h30m`, `0` → `0s`. */
export function formatDuration(duration: Duration): string {
  let rest = duration;
  let text = "";
  for (const [name, size] of UNITS.slice(2)) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) text += `${count}${name}`;
  }
  return text === "" ? "0s" : text;
}
