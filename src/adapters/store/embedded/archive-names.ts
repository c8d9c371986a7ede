import { createHash } from "node:crypto";

/** Revisions from the first to the last one, both included. */
export interface Range {
  readonly first: number;
  readonly last: number;
}

/** Of any revision, so that names sort as their events do. */
const DIGITS = 16;
/** Bytes; file systems take 255. */
const LONGEST = 200;
/** Bytes that mean themselves. A dot does too, but not as the first one: `..` is a place of its own, `.x` is hidden. */
const PLAIN = /[A-Za-z0-9_-]/;

/**
 * The name of an application's folder: its own one where that consists of letters, digits, dots, dashes and underscores.
 * Every other byte is percent-encoded, and what is too long for a name ends in a hash. No two applications share one.
 */
export function folderOf(application: string): string {
  const encoded = [...Buffer.from(application)].map(encodedByte).join("");
  if (encoded.length <= LONGEST) return encoded;
  const hash = createHash("sha256").update(application).digest("hex");
  // No name that is short enough has a tilde.
  return `${encoded.slice(0, LONGEST - hash.length - 1)}~${hash}`;
}

function encodedByte(byte: number, index: number): string {
  const character = String.fromCharCode(byte);
  if (PLAIN.test(character) || (character === "." && index > 0)) return character;
  return `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
}

export function fileOf({ first, last }: Range): string {
  return `${padded(first)}-${padded(last)}.ndjson`;
}

/** Null for a file of another kind. */
export function rangeIn(file: string): Range | null {
  const [, first, last] = /^(\d{16})-(\d{16})\.ndjson$/.exec(file) ?? [];
  return first === undefined ? null : { first: Number(first), last: Number(last) };
}

function padded(revision: number): string {
  return String(revision).padStart(DIGITS, "0");
}
