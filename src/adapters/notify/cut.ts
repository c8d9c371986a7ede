/** From what hardly anything loses by to what always fits, as long as there are not hundreds of lists in it. */
const LIMITS: readonly Limit[] = [
  { text: 8_192, items: 500, entries: 500 },
  { text: 2_048, items: 200, entries: 200 },
  { text: 512, items: 100, entries: 100 },
  { text: 128, items: 40, entries: 50 },
  { text: 48, items: 12, entries: 30 },
];

interface Limit {
  readonly text: number;
  readonly items: number;
  /** Of a record, such as labels. No object that we write has as many. */
  readonly entries: number;
}

/** Plain JSON with long texts and lists cut until it takes at most `maxBytes`; what fits is returned as it is. */
export function cutToSize<T>(value: T, maxBytes: number): T {
  if (sizeOf(value) <= maxBytes) return value;
  let cut = value;
  for (const limit of LIMITS) {
    cut = cutDown(value, limit) as T;
    if (sizeOf(cut) <= maxBytes) break;
  }
  return cut;
}

/** @returns at most `length` characters of it, the last one a … where any are left out */
export function cutText(text: string, length: number): string {
  // A cut between the two halves of a character would make a text that many parsers refuse.
  const whole =
    text.length <= length ? text : `${text.slice(0, length - 1).replace(/[\ud800-\udbff]$/, "")}…`;
  return wellFormed(whole);
}

/** Halves of characters come with JSON that was made by hand. */
function wellFormed(text: string): string {
  return text.replaceAll(/\p{Surrogate}/gu, "\ufffd");
}

function sizeOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

function cutDown(value: unknown, limit: Limit): unknown {
  if (typeof value === "string") return cutText(value, limit.text);
  if (Array.isArray(value)) return ends(value, limit.items).map((each) => cutDown(each, limit));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, limit.entries)
      .map(([key, each]) => [cutText(key, limit.text), cutDown(each, limit)]),
  );
}

/** How it began, and how it stands. */
function ends(list: readonly unknown[], length: number): readonly unknown[] {
  const half = Math.ceil(length / 2);
  return list.length <= length ? list : [...list.slice(0, half), ...list.slice(half - length)];
}
