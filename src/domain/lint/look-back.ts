import { type Duration, parseDuration } from "../time.ts";
import type { Promql, PromqlNode } from "./promql.ts";

/** `[5m]`, and `[5m:15s]` of a subquery. */
const RANGE = /\[\s*(\w+)/;

/** How far back an expression reads, at most: its longest range, and of a subquery that of what is in it besides. */
export function lookBackOf({ node, text }: Promql): Duration {
  return node === null ? 0 : longest(node, text);
}

function longest(node: PromqlNode, text: string): Duration {
  switch (node.type) {
    case "wrapped": {
      const [, range = ""] = RANGE.exec(text.slice(node.inner.span.to, node.span.to)) ?? [];
      return (parseDuration(range) ?? 0) + longest(node.inner, text);
    }
    case "call":
      return Math.max(0, ...node.args.map((arg) => longest(arg, text)));
    case "binary":
      return Math.max(longest(node.left, text), longest(node.right, text));
    default:
      return 0;
  }
}
