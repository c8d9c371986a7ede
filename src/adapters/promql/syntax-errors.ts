import type { PromqlError } from "../../domain/lint/promql.ts";
import type { SyntaxNode, SyntaxTree } from "./syntax-nodes.ts";

/** Further errors are mostly what the first one makes of the rest. */
export function syntaxErrorsOf(tree: SyntaxTree, text: string): PromqlError[] {
  if (text.trim() === "") return [syntaxError(0, text.length, "is empty", "write the expression")];
  const cursor = tree.cursor();
  do {
    if (cursor.type.isError) return [describe(cursor.node, text)];
  } while (cursor.next());
  return [];
}

function describe(error: SyntaxNode, text: string): PromqlError {
  const { from } = error;
  const before = text.slice(0, from);
  const called = /([A-Za-z_:][\w:]*)\s*$/.exec(before);
  if (text[from] === "(" && called?.[1] !== undefined)
    return syntaxError(
      from - called[0].length,
      from - called[0].length + called[1].length,
      `there is no function "${called[1]}"`,
      "see the functions in Prometheus' documentation",
    );
  const rest = /^(\s*)(\S+)?/.exec(text.slice(from)) ?? [];
  const [, space = "", word] = rest;
  if (word === undefined) return unfinished(before, text);
  const at = from + space.length;
  const token = /^([\w:.]+|"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|[=!<>~]+|.)/u.exec(word)?.[0] ?? word;
  return syntaxError(
    at,
    at + token.length,
    `does not expect "${token}" here`,
    adviceOn(token, before, text.slice(at)),
  );
}

function unfinished(before: string, text: string): PromqlError {
  const end = text.trimEnd().length;
  const [last = ""] = /[\w:.]+$|[=!<>~]+$|.$/u.exec(before.trimEnd()) ?? [];
  const quoted = count(text, '"') % 2 === 1;
  const open = count(text, "(") > count(text, ")");
  return syntaxError(
    end - last.length,
    end,
    `the expression ends too early, after "${last}"`,
    quoted ? "close the quotes" : open ? "close the parenthesis" : "write what comes after it",
  );
}

function adviceOn(token: string, before: string, after: string): string {
  if (token === "=") return "comparisons are written ==";
  if (/[=~]\s*$/.test(before)) return "a label is matched with a text in quotes";
  if (token === "$") return "the only variable is $limit, in an alert of a policy with limits";
  if (token === "{" && (before.endsWith("{") || after.startsWith("{{")))
    return "PromQL has no templates: write the value itself";
  if (token === ")" && count(before, "(") <= count(before, ")")) return "this parenthesis was never opened";
  if (token === "%") return "percent is no unit: multiply by 100 where the metric is made";
  if (/^(AND|OR|&&|&|\||\|\|)$/i.test(token)) return "the logical operators are and, or, unless";
  return "an operator may be missing before it";
}

function syntaxError(from: number, to: number, message: string, advice: string): PromqlError {
  return { kind: "syntax", message, advice, span: { from, to } };
}

function count(text: string, character: string): number {
  return text.split(character).length - 1;
}
