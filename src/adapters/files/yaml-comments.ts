import { Lexer } from "yaml";

export interface YamlComment {
  /** Of the `#`, in the whole text. */
  readonly offset: number;
  /** From 1. */
  readonly line: number;
  /** From 1: of the `#`. */
  readonly column: number;
  /** Without the `#` and the spaces around. */
  readonly text: string;
  /** Without the `#` only. */
  readonly written: string;
  /** Whether nothing else is on its line. */
  readonly isAlone: boolean;
  /** The line that it speaks of: its own, or the next one with anything else on it. From 1. */
  readonly about: number;
}

/** The lexer says what is between the characters of the text with tokens of these, which have no width. */
const MARKS = ["\x02", "\x18", "\x1f"];

/** What the next token is a scalar. */
const SCALAR = "\x1f";

/** The comments of a YAML text that hold a word; a `#` inside a scalar begins none. */
export function commentsIn(text: string, word: string): YamlComment[] {
  if (!text.includes(word)) return [];
  const comments: YamlComment[] = [];
  const lines = text.split("\n");
  const next = nextLinesWithContent(lines);
  let offset = 0;
  let line = 1;
  let column = 1;
  let previous = "";
  for (const token of new Lexer().lex(text)) {
    if (MARKS.includes(token)) {
      previous = token;
      continue;
    }
    if (token.startsWith("#") && previous !== SCALAR && token.includes(word)) {
      const isAlone = (lines[line - 1] ?? "").slice(0, column - 1).trim() === "";
      const about = isAlone ? (next[line] ?? line) : line;
      const written = token.slice(1).trimEnd();
      comments.push({ offset, line, column, text: written.trim(), written, isAlone, about });
    }
    const feeds = token.split("\n").length - 1;
    offset += token.length;
    line += feeds;
    column = feeds === 0 ? column + token.length : token.length - token.lastIndexOf("\n");
    previous = token;
  }
  return comments;
}

/** For each line, which of those below it is the first one that holds more than a comment. All from 1. */
function nextLinesWithContent(lines: readonly string[]): (number | undefined)[] {
  const next: (number | undefined)[] = [];
  for (let line = lines.length, found: number | undefined; line > 0; line--) {
    next[line] = found;
    if (!/^\s*(#|$)/.test(lines[line - 1] ?? "")) found = line;
  }
  return next;
}
