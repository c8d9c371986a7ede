import { parser } from "@prometheus-io/lezer-promql";
import type { PromqlNode } from "../../domain/lint/promql.ts";
import { syntaxErrorsOf } from "./syntax-errors.ts";
import { nodeOf } from "./syntax-nodes.ts";

/** Longer ones are made by programs. */
const MAX_LENGTH = 16_384;

/** What an expression says, without Prometheus' checks of types; null when it cannot be read. */
export function syntaxOf(text: string): PromqlNode | null {
  if (text.length > MAX_LENGTH) return null;
  try {
    const code = withoutComments(text);
    const tree = parser.parse(code);
    return syntaxErrorsOf(tree, code).length > 0 ? null : nodeOf(tree.topNode, code);
  } catch (error) {
    // It is nested too deeply.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** Spaces in their place keep every offset. Whoever reads the tree takes what comes next for an operator or operand. */
export function withoutComments(text: string): string {
  if (!text.includes("#")) return text;
  let code = text;
  const cursor = parser.parse(text).cursor();
  do {
    const { from, to, type } = cursor;
    if (type.name === "LineComment") code = code.slice(0, from) + " ".repeat(to - from) + code.slice(to);
  } while (cursor.next());
  return code;
}
