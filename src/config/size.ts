const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  B: 1,
  kB: 1_000,
  MB: 1_000_000,
  KiB: 1_024,
  MiB: 1_024 ** 2,
  GiB: 1_024 ** 3,
};

/**
 * Reads a size such as `32 MiB`, `500kB` or `1048576`.
 * @returns bytes, or undefined when the text is no size above 0
 */
export function parseSize(text: string): number | undefined {
  const [, amount, unit = ""] = /^(\d+) ?([A-Za-z]*)$/.exec(text) ?? [];
  const bytes = Number(amount) * (UNITS[unit] ?? Number.NaN);
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : undefined;
}
