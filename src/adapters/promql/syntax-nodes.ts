import type { parser } from "@prometheus-io/lezer-promql";
import type { LabelMatcher, PromqlNode } from "../../domain/lint/promql.ts";

export type SyntaxTree = ReturnType<typeof parser.parse>;
export type SyntaxNode = SyntaxTree["topNode"];

/** Around one expression; a range, an offset or a sign changes neither what is selected nor what is compared. */
const WRAPPERS = [
  "MatrixSelector",
  "SubqueryExpr",
  "OffsetExpr",
  "StepInvariantExpr",
  "AnchoredExpr",
  "SmoothedExpr",
  "UnaryExpr",
];

/** What a tree without errors says, as plain data. */
export function nodeOf(syntax: SyntaxNode, text: string): PromqlNode {
  const { name, from, to } = syntax;
  const span = { from, to };
  const operands = expressionsIn(syntax);
  const [first, second] = operands;
  if (name === "VectorSelector") return selectorOf(syntax, text);
  if (name === "NumberDurationLiteral")
    return { type: "number", value: numberOf(text.slice(from, to)), span };
  if (name === "FunctionCall" || name === "AggregateExpr") {
    const called = syntax.firstChild;
    const args = expressionsIn(syntax.getChild("FunctionCallBody")).map((arg) => nodeOf(arg, text));
    const callee = called === null ? "" : text.slice(called.from, called.to).toLowerCase();
    return { type: "call", name: callee, args, span };
  }
  if (name === "BinaryExpr" && first !== undefined && second !== undefined) {
    const op = first.nextSibling;
    return {
      type: "binary",
      op: op === null ? "" : text.slice(op.from, op.to).toLowerCase(),
      bool: syntax.getChild("BoolModifier") !== null,
      left: nodeOf(first, text),
      right: nodeOf(second, text),
      span,
    };
  }
  if (first === undefined) return { type: "string", span };
  const inner = nodeOf(first, text);
  if (!WRAPPERS.includes(name)) return inner;
  if (name === "UnaryExpr" && inner.type === "number")
    return { type: "number", value: text[from] === "-" ? -inner.value : inner.value, span };
  return { type: "wrapped", inner, span };
}

function expressionsIn(syntax: SyntaxNode | null): SyntaxNode[] {
  return syntax?.getChildren("Expr") ?? [];
}

function selectorOf(syntax: SyntaxNode, text: string): PromqlNode {
  const { from, to } = syntax;
  const textOf = (node: SyntaxNode | null): string => (node === null ? "" : text.slice(node.from, node.to));
  const list = syntax.getChild("LabelMatchers");
  const written = [
    ...(list?.getChildren("UnquotedLabelMatcher") ?? []),
    ...(list?.getChildren("QuotedLabelMatcher") ?? []),
  ];
  const matchers = written.map((matcher): LabelMatcher => {
    const literals = matcher.getChildren("StringLiteral");
    const quoted = matcher.getChild("QuotedLabelName");
    return {
      name: quoted === null ? textOf(matcher.getChild("LabelName")) : unquoted(textOf(quoted)),
      op: textOf(matcher.getChild("MatchOp")) as LabelMatcher["op"],
      value: unquoted(textOf(literals.at(-1) ?? null)),
    };
  });
  const identifier = syntax.getChild("Identifier");
  const quotedName = list?.getChild("QuotedLabelName") ?? null;
  const nameMatcher = matchers.find(({ name, op }) => name === "__name__" && op === "=");
  const metric =
    identifier !== null
      ? textOf(identifier)
      : quotedName !== null
        ? unquoted(textOf(quotedName))
        : (nameMatcher?.value ?? null);
  return { type: "selector", metric, matchers, span: { from, to } };
}

/** Go's escapes are JSON's, as far as anybody uses them in a label. */
function unquoted(literal: string): string {
  const body = literal.slice(1, -1);
  if (literal.startsWith("`")) return body;
  try {
    return String(
      JSON.parse(`"${literal.startsWith("'") ? body.replaceAll("\\'", "'").replaceAll('"', '\\"') : body}"`),
    );
  } catch {
    return body;
  }
}

const UNITS: Readonly<Record<string, number>> = {
  ms: 0.001,
  s: 1,
  m: 60,
  h: 3_600,
  d: 86_400,
  w: 604_800,
  y: 31_536_000,
};

/** Numbers may be written as Go writes them, and as durations, which are seconds. */
function numberOf(literal: string): number {
  const plain = literal.replaceAll("_", "").toLowerCase();
  if (/^\+?inf$/.test(plain)) return Number.POSITIVE_INFINITY;
  if (/^0x/.test(plain)) return Number(plain);
  if (!/^(\d+(ms|[smhdwy]))+$/.test(plain)) return Number(plain);
  return [...plain.matchAll(/(\d+)(ms|[smhdwy])/g)].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * (UNITS[unit ?? ""] ?? 0),
    0,
  );
}
