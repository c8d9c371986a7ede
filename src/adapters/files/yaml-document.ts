import {
  type Document,
  type ErrorCode,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  parseDocument,
  type YAMLMap,
} from "yaml";
import { targetOfAlias } from "./yaml-aliases.ts";
import { keyOf, pairOf } from "./yaml-keys.ts";
import { extentsOf, type Position, rangeIn, type YamlPlace } from "./yaml-places.ts";

interface YamlProblem extends Position {
  readonly message: string;
  /** Where there is no more to it than that a key is there twice. */
  readonly duplicate?: DuplicateKey;
}

/** A key that stands in its mapping once more. */
interface DuplicateKey {
  readonly path: readonly (string | number)[];
  /** Which one of those with this path; 1 is the second. */
  readonly occurrence: number;
}

/** Mapping keys and list indexes, from the root down. */
export type YamlPath = readonly PropertyKey[];

/** A YAML file as plain data that remembers where each part of it was written. */
export interface YamlDocument {
  /** Undefined when the text cannot be read as YAML at all. Mappings have no prototype: keys are outside text. */
  readonly value: unknown;
  readonly problems: readonly YamlProblem[];
  /**
   * The place of a path's key or value. A path that was not written leads to the nearest part above it that was.
   */
  positionOf(path: YamlPath, part: "key" | "value"): Position;
  /**
   * From where to where a key or value was written, on its first line. `within` is a part of a text: offsets in
   * its value, wherever its quotes, escapes, folds and indentation have put them. `occurrence` tells which one of
   * several equal keys at the path's end is meant.
   */
  spanOf(
    path: YamlPath,
    part: "key" | "value",
    within?: { from: number; to: number },
    occurrence?: number,
  ): YamlSpan;
  /** The last line of the largest mapping, list or entry that begins on a line; else the line itself. */
  lastLineOf(line: number): number;
}

interface YamlSpan {
  readonly start: Position;
  /** The first character beyond. */
  readonly end: Position;
}

/** Deeper than any policy, and shallow enough for the recursion of whoever reads the value. */
const MAX_DEPTH = 64;

/** How many values aliases may repeat, all together: a few nested aliases can ask for billions. */
const MAX_ALIASED_VALUES = 10_000;

/** More than anybody reads, and than lint tells. */
const MAX_PROBLEMS = 2_000;

/** Where the parser speaks to programmers. */
const MESSAGES: ReadonlyMap<ErrorCode, string> = new Map([
  ["RESOURCE_EXHAUSTION", "nested too deeply"],
  ["MULTIPLE_DOCS", "a second document begins here, but a file holds only one"],
]);

/** Reads YAML 1.2 text; never throws. */
export function parseYaml(text: string): YamlDocument {
  const lineStarts = lineStartsOf(text);
  const at = (offset: number): Position => positionAt(lineStarts, offset);
  const document = documentOf(text);
  if (document === undefined) return unreadable([{ line: 1, column: 1, message: "nested too deeply" }]);

  const broken = firstOfEachLine(
    withoutKnockOns([...document.errors, ...document.warnings]).map((error) => ({
      ...at(error.pos[0]),
      message: MESSAGES.get(error.code) ?? firstLine(error.message),
    })),
  );
  if (broken.length > 0) return unreadable(broken.slice(0, MAX_PROBLEMS));

  const reader = new Reader(document, at);
  const value = reader.read();
  let extents: ReadonlyMap<number, number> | undefined;
  return {
    value,
    problems: reader.problems,
    positionOf: (path, part) => at(offsetOf(document, path, part)),
    spanOf(path, part, within, occurrence) {
      const [from, to] = rangeIn(placeOf(document, path, part, occurrence), text, within);
      return { start: at(from), end: at(to) };
    },
    lastLineOf(line) {
      extents ??= extentsOf(document, at);
      return extents.get(line) ?? line;
    },
  };
}

/** One slip makes the parser stumble over every token behind it: of those only the first one tells something. */
function withoutKnockOns<E extends { readonly message: string }>(errors: readonly E[]): E[] {
  return errors.filter(({ message }, index) => index === 0 || !message.includes("token in YAML stream"));
}

function firstOfEachLine(problems: readonly YamlProblem[]): YamlProblem[] {
  const told = new Set<number>();
  return problems.filter(({ line }) => !told.has(line) && told.add(line));
}

function unreadable(problems: YamlProblem[]): YamlDocument {
  const start = { line: 1, column: 1 };
  const span = { start, end: start };
  return {
    value: undefined,
    problems,
    positionOf: () => start,
    spanOf: () => span,
    lastLineOf: (line) => line,
  };
}

/** Duplicate keys are searched by the reader: the parser's own search takes quadratic time. */
function documentOf(text: string): Document | undefined {
  try {
    return parseDocument(text, { uniqueKeys: false, prettyErrors: false });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

class Reader {
  readonly problems: YamlProblem[] = [];
  readonly #open = new Set<Node>();
  readonly #document: Document;
  readonly #at: (offset: number) => Position;
  readonly #path: (string | number)[] = [];
  #aliases = 0;
  #aliasedValues = 0;
  #gaveUp = false;

  constructor(document: Document, at: (offset: number) => Position) {
    this.#document = document;
    this.#at = at;
  }

  read(): unknown {
    const value = this.#value(this.#document.contents);
    return this.#gaveUp ? undefined : value;
  }

  #value(node: unknown): unknown {
    if (this.#gaveUp) return null;
    if (this.#aliases > 0) this.#aliasedValues += 1;
    if (isAlias(node)) return this.#alias(node);
    if (isMap(node)) return this.#nested(node, () => this.#mapping(node));
    if (isSeq(node))
      return this.#nested(node, () => node.items.map((item, index) => this.#below(index, item)));
    return isScalar(node) ? node.value : null;
  }

  #alias(alias: Node): unknown {
    const target = targetOf(alias, this.#document);
    if (target === undefined) return this.#giveUp(alias, "this alias names no anchor above it");
    if (this.#open.has(target)) return this.#giveUp(alias, "this alias contains itself");
    if (this.#aliasedValues > MAX_ALIASED_VALUES)
      return this.#giveUp(alias, `aliases repeat more than ${MAX_ALIASED_VALUES} values`);
    this.#aliases += 1;
    const value = this.#value(target);
    this.#aliases -= 1;
    return value;
  }

  /** The value of a part of what is being read. */
  #below(segment: string | number, node: unknown): unknown {
    this.#path.push(segment);
    const value = this.#value(node);
    this.#path.pop();
    return value;
  }

  #nested<T>(node: Node, read: () => T): T | null {
    if (this.#open.size >= MAX_DEPTH) return this.#giveUp(node, `nested more than ${MAX_DEPTH} levels deep`);
    this.#open.add(node);
    const value = read();
    this.#open.delete(node);
    return value;
  }

  #mapping(map: YAMLMap): Record<string, unknown> {
    const value: Record<string, unknown> = Object.create(null);
    const occurrences = new Map<string, number>();
    for (const pair of map.items) {
      const key = keyOf(pair, this.#document);
      if (key === undefined) this.#report(pair.key, "a key must be plain text");
      else if (key === "__proto__") this.#report(pair.key, '"__proto__" cannot be a key');
      else if (Object.hasOwn(value, key)) {
        const occurrence = (occurrences.get(key) ?? 0) + 1;
        occurrences.set(key, occurrence);
        this.#report(pair.key, `duplicate key "${key}"`, { path: [...this.#path, key], occurrence });
      } else value[key] = this.#below(key, pair.value);
    }
    return value;
  }

  /** The rest of the file is left unread: what comes of it would only be noise. */
  #giveUp(node: Node, message: string): null {
    if (!this.#gaveUp) this.#report(node, message);
    this.#gaveUp = true;
    return null;
  }

  #report(node: unknown, message: string, duplicate?: DuplicateKey): void {
    const problem = { ...this.#at(startOf(node)), message };
    if (this.problems.length < MAX_PROBLEMS)
      this.problems.push(duplicate === undefined ? problem : { ...problem, duplicate });
  }
}

function offsetOf(document: Document, path: YamlPath, part: "key" | "value"): number {
  return placeOf(document, path, part).from;
}

/** A node, and where it begins; nothing is written where the value of a key is missing. */
function placeOf(document: Document, path: YamlPath, part: "key" | "value", occurrence = 0): YamlPlace {
  let value: YamlPlace = { node: document.contents, from: startOf(document.contents) };
  let key = value;
  for (const [depth, segment] of path.entries()) {
    const container = isAlias(value.node) ? targetOf(value.node, document) : value.node;
    const nth = depth === path.length - 1 ? occurrence : 0;
    const pair = isMap(container) ? pairOf(container, String(segment), document, nth) : undefined;
    const item = isSeq(container) && typeof segment === "number" ? container.items[segment] : undefined;
    if (pair === undefined && item === undefined) return key;
    const named = pair === undefined ? item : pair.key;
    const node = pair === undefined ? item : pair.value;
    key = { node: named, from: startOf(named) };
    value = { node, from: startOf(node, key.from) };
  }
  return part === "key" ? key : value;
}

function targetOf(node: unknown, document: Document): Node | undefined {
  return isAlias(node) ? targetOfAlias(node, document) : undefined;
}

function startOf(node: unknown, otherwise = 0): number {
  const range = (node as Node | null | undefined)?.range;
  return range?.[0] ?? otherwise;
}

/** The parser's own line counter does not see the lines of what it could not parse. */
function lineStartsOf(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

function positionAt(lineStarts: readonly number[], offset: number): Position {
  let line = 1;
  for (let beyond = lineStarts.length + 1; line + 1 < beyond; ) {
    const middle = Math.floor((line + beyond) / 2);
    if ((lineStarts[middle - 1] ?? 0) <= offset) line = middle;
    else beyond = middle;
  }
  return { line, column: offset - (lineStarts[line - 1] ?? 0) + 1 };
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? text;
}
