import type { Scalar } from "yaml";

/**
 * Where each character of a scalar's value was written: `offsets[i]` is the place of `value[i]` in the text, and
 * one more entry is the place of the end. Undefined when value and text cannot be brought together.
 */
export function sourceOffsetsOf(scalar: Scalar, text: string): readonly number[] | undefined {
  const { range, value, type } = scalar;
  if (typeof value !== "string" || !range) return undefined;
  const [start, end] = range;
  const found =
    type === "BLOCK_LITERAL" || type === "BLOCK_FOLDED"
      ? blockOffsets(text, start, end, value)
      : flowOffsets(text, start, end, type);
  return found?.value === value ? [...found.offsets, found.end] : undefined;
}

interface Reading {
  readonly value: string;
  readonly offsets: readonly number[];
  /** After the last character. */
  readonly end: number;
}

/** Collects the value again, character by character, with its places. */
class Collector {
  value = "";
  readonly offsets: number[] = [];

  add(text: string, at: number, step: 0 | 1): void {
    this.value += text;
    for (let index = 0; index < text.length; index++) this.offsets.push(at + index * step);
  }
}

/**
 * The lines of a block are in its value as they are, without their indentation; between them the value has a line
 * feed or, where lines are folded, a space. Which of them is the parser's business: the value tells.
 */
function blockOffsets(text: string, start: number, end: number, value: string): Reading | undefined {
  const header = text.indexOf("\n", start) + 1;
  if (header === 0 || header > end) return undefined;
  const lines = linesOf(text, header, end);
  const explicit = /^[|>][-+]?([1-9])/.exec(text.slice(start, header))?.[1];
  const first = lines.find(({ content }) => /[^ ]/.test(content));
  if (first === undefined) return undefined;
  const indent = explicit === undefined ? first.content.search(/[^ ]/) : explicitIndent(first.content, value);
  const collected = new Collector();
  let last = header;
  for (const { at, content } of lines) {
    const body = content.slice(Math.min(indent, content.length));
    if (body === "") continue;
    const next = value.indexOf(body, collected.value.length);
    const between = value.slice(collected.value.length, Math.max(next, collected.value.length));
    if (next === -1 || between.trim() !== "") return undefined;
    collected.add(between, last, 0);
    const bodyAt = at + content.length - body.length;
    collected.add(body, bodyAt, 1);
    last = bodyAt + body.length;
  }
  const rest = value.slice(collected.value.length);
  if (rest.trim() !== "") return undefined;
  collected.add(rest, last, 0);
  return { value: collected.value, offsets: collected.offsets, end: last };
}

/**
 * An indentation indicator counts from the parent's indentation, which is not at hand: the value tells how much of
 * the first line that holds anything is indentation.
 */
function explicitIndent(content: string, value: string): number {
  const [line = ""] = /[^\n]*[^ \n][^\n]*/.exec(value) ?? [];
  for (let indent = 0; content[indent] === " "; indent++)
    if (line.startsWith(content.slice(indent))) return indent;
  return content.search(/[^ ]/);
}

function linesOf(text: string, from: number, to: number): { at: number; content: string }[] {
  const lines: { at: number; content: string }[] = [];
  for (let at = from; at < to; ) {
    const feed = text.indexOf("\n", at);
    const end = feed === -1 || feed > to ? to : feed;
    lines.push({ at, content: text.slice(at, end).replace(/\r$/, "") });
    at = end + 1;
  }
  return lines;
}

/** Spaces around a line break inside plain and quoted text. */
const FOLD = /[ \t]*\r?\n(?:[ \t]*\r?\n)*[ \t]*/y;

const ESCAPE = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|\r?\n[ \t]*|([\s\S]))/y;

const ESCAPED: Readonly<Record<string, string>> = {
  "0": "\0",
  a: "\x07",
  b: "\b",
  e: "\x1b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  N: "\u0085",
  _: "\u00a0",
  L: "\u2028",
  P: "\u2029",
};

function flowOffsets(text: string, start: number, end: number, type: Scalar["type"]): Reading {
  const isDouble = type === "QUOTE_DOUBLE";
  const quote = isDouble || type === "QUOTE_SINGLE" ? 1 : 0;
  const last = end - quote;
  const collected = new Collector();
  for (let at = start + quote; at < last; ) {
    const fold = matchAt(FOLD, text, at);
    const escaped = isDouble ? matchAt(ESCAPE, text, at) : null;
    if (fold !== null) {
      const feeds = fold[0].split("\n").length - 1;
      collected.add(feeds === 1 ? " " : "\n".repeat(feeds - 1), at, 0);
      at += fold[0].length;
    } else if (escaped !== null) {
      collected.add(meaningOf(escaped), at, 0);
      at += escaped[0].length;
    } else {
      collected.add(text[at] ?? "", at, 1);
      at += type === "QUOTE_SINGLE" && text[at] === "'" ? 2 : 1;
    }
  }
  return { value: collected.value, offsets: collected.offsets, end: last };
}

function meaningOf([, two, four, eight, letter]: RegExpExecArray): string {
  const code = two ?? four ?? eight;
  if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16));
  return letter === undefined ? "" : (ESCAPED[letter] ?? letter);
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
