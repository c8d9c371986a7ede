/** What commands a terminal: control characters, and those that turn the direction of the text around. */
const COMMANDING = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** A text from outside, on one line: it cannot command the terminal, nor look like more lines than one. */
export function printable(text: string): string {
  return text.replaceAll(/[\t-\r\u2028\u2029]+/gu, " ").replaceAll(COMMANDING, "");
}

/** The same for a text that has lines of its own. */
export function printableLines(text: string): string[] {
  return text.split(/\r?\n/).map((line) => printable(line).trimEnd());
}

/** Every text in an answer of the server, made printable: names, reasons and labels are other people's. */
export function forPeople<T>(value: T): T {
  return cleaned(value) as T;
}

function cleaned(value: unknown): unknown {
  if (typeof value === "string") return printable(value);
  if (Array.isArray(value)) return value.map(cleaned);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [printable(key), cleaned(member)]));
}

/** JSON of the same value, in which nothing commands a terminal either. */
export function json(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replaceAll(COMMANDING, (character) =>
    character === "\n" ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
