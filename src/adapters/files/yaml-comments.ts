import { Lexer } from "yaml";

export interface YamlComment {
  /** From 1. */
  readonly line: number;
  /** From 1: of the `#`. */
  readonly column: number;
  /** Without the `#`. */
  readonly text: string;
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
      const about = isAlone ? nextLineWithContent(lines, line) : line;
      comments.push({ line, column, text: token.slice(1).trim(), about });
    }
    const feeds = token.split("\n").length - 1;
    line += feeds;
    column = feeds === 0 ? column + token.length : token.length - token.lastIndexOf("\n");
    previous = token;
  }
  return comments;
}

function nextLineWithContent(lines: readonly string[], from: number): number {
  const next = lines.findIndex((line, index) => index >= from && !/^\s*(#|$)/.test(line));
  return next === -1 ? from : next + 1;
}
