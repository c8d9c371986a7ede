import { parser } from "@prometheus-io/lezer-promql";

type SyntaxNode = ReturnType<typeof parser.parse>["topNode"];

const COMPARISONS = ["Eql", "EqlC", "EqlSingle", "Neq", "Gtr", "Gte", "Lss", "Lte"];
/** True is what has no data. */
const ABSENCES = ["Absent", "AbsentOverTime"];

/**
 * A trigger that gives nothing is not true, or has no data: its differences tell which. `a > 1` becomes `(a) - (1)`; of
 * `a unless b` only `a` is needed, and `absent(a)` is answered whether or not there is an `a`.
 * @returns null where the expression cannot be read
 */
export function uncompared(expr: string): string | null {
  const tree = parser.parse(expr);
  let isReadable = expr.trim() !== "";
  tree.iterate({
    enter: ({ type }) => {
      if (type.isError) isReadable = false;
    },
  });
  return isReadable ? written(tree.topNode, expr) : null;
}

function written(node: SyntaxNode, expr: string): string {
  if (node.name === "LineComment") return "";
  if (isAbsence(node)) return "vector(0)";
  const operands = node.name === "BinaryExpr" ? node.getChildren("Expr") : [];
  const [left, right] = operands;
  if (left === undefined || right === undefined) return around(node, expr);
  if (node.getChild("Unless") !== null) return written(left, expr);
  const matching = node.getChild("MatchingModifierClause");
  if (!COMPARISONS.some((name) => node.getChild(name) !== null)) return around(node, expr);
  const how = matching === null ? "" : ` ${expr.slice(matching.from, matching.to)}`;
  return `((${written(left, expr)}) -${how} (${written(right, expr)}))`;
}

function isAbsence(node: SyntaxNode): boolean {
  const called = node.name === "FunctionCall" ? node.getChild("FunctionIdentifier") : null;
  return called !== null && ABSENCES.some((name) => called.getChild(name) !== null);
}

/** As it stands, with what is inside it written anew. */
function around(node: SyntaxNode, expr: string): string {
  let text = "";
  let at = node.from;
  for (let child = node.firstChild; child !== null; child = child.nextSibling) {
    text += expr.slice(at, child.from) + written(child, expr);
    at = child.to;
  }
  return text + expr.slice(at, node.to);
}
