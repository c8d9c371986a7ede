import type { Span } from "./finding.ts";

/** A PromQL expression as plain data. Parentheses are gone; spans are offsets in the expression. */
export type PromqlNode =
  | { readonly type: "number"; readonly value: number; readonly span: Span }
  | { readonly type: "string"; readonly span: Span }
  | PromqlSelector
  | PromqlCall
  | PromqlBinary
  | {
      /** A range, a subquery, `offset`, `@` or a sign around another expression. */
      readonly type: "wrapped";
      readonly inner: PromqlNode;
      readonly span: Span;
    };

export interface PromqlSelector {
  readonly type: "selector";
  /** Null when the name is not one fixed text, as in `{__name__=~"a.*"}`. */
  readonly metric: string | null;
  readonly matchers: readonly LabelMatcher[];
  readonly span: Span;
}

export interface LabelMatcher {
  readonly name: string;
  readonly op: "=" | "!=" | "=~" | "!~";
  readonly value: string;
}

/** A function or an aggregation. */
export interface PromqlCall {
  readonly type: "call";
  /** In lower case. */
  readonly name: string;
  readonly args: readonly PromqlNode[];
  readonly span: Span;
}

export interface PromqlBinary {
  readonly type: "binary";
  /** In lower case: `+`, `==`, `and` … */
  readonly op: string;
  /** With the modifier `bool` a comparison gives 0 or 1 and drops nothing. */
  readonly bool: boolean;
  readonly left: PromqlNode;
  readonly right: PromqlNode;
  readonly span: Span;
}

export interface PromqlError {
  readonly kind: "syntax" | "type";
  readonly message: string;
  readonly advice: string;
  readonly span: Span;
}

/** What is known of one written expression. */
export interface Promql {
  readonly text: string;
  /** Null when the text cannot be read. */
  readonly node: PromqlNode | null;
  readonly errors: readonly PromqlError[];
}

/** The expression and everything inside it, outermost first. */
export function* nodesOf(node: PromqlNode): Generator<PromqlNode> {
  const left = [node];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    yield next;
    left.push(...childrenOf(next).reverse());
  }
}

function childrenOf(node: PromqlNode): PromqlNode[] {
  switch (node.type) {
    case "call":
      return [...node.args];
    case "binary":
      return [node.left, node.right];
    case "wrapped":
      return [node.inner];
    default:
      return [];
  }
}

/** As `nodesOf`, for an expression that may not have been readable. */
export function nodesIn(promql: Promql): PromqlNode[] {
  return promql.node === null ? [] : [...nodesOf(promql.node)];
}

/** Every word of an expression that cannot be read: among them are the metrics that it is about. */
export function wordsOfUnreadable({ node, text }: Promql): string[] {
  return node === null ? (text.match(/[A-Za-z_:][\w:]*/g) ?? []) : [];
}

export interface NamedSelector extends PromqlSelector {
  readonly metric: string;
}

export function selectorsIn(nodes: readonly PromqlNode[]): NamedSelector[] {
  return nodes.filter(isNamedSelector);
}

export function isNamedSelector(node: PromqlNode): node is NamedSelector {
  return node.type === "selector" && node.metric !== null;
}

export function metricsOf(node: PromqlNode): Set<string> {
  return new Set(selectorsIn([...nodesOf(node)]).map(({ metric }) => metric));
}

const COMPARISONS: ReadonlyMap<string, string> = new Map([
  ["==", "=="],
  ["!=", "!="],
  [">", "<"],
  [">=", "<="],
  ["<", ">"],
  ["<=", ">="],
]);

export function isComparisonOp(op: string): boolean {
  return COMPARISONS.has(op);
}

export function isComparison(node: PromqlNode): node is PromqlBinary {
  return node.type === "binary" && isComparisonOp(node.op);
}

/** Something compared with a number, as if the number always stood on the right. */
export interface Comparison {
  readonly subject: PromqlNode;
  readonly op: string;
  readonly value: number;
  readonly valueSpan: Span;
  readonly span: Span;
}

export function comparisonsIn(nodes: readonly PromqlNode[]): Comparison[] {
  return nodes.filter(isComparison).flatMap(({ left, right, op, span }) => {
    if (right.type === "number")
      return [{ subject: left, op, value: right.value, valueSpan: right.span, span }];
    if (left.type !== "number") return [];
    return [
      { subject: right, op: String(COMPARISONS.get(op)), value: left.value, valueSpan: left.span, span },
    ];
  });
}

export function isCallOf(node: PromqlNode, names: readonly string[]): node is PromqlCall {
  return node.type === "call" && names.includes(node.name);
}

export const ABSENT = ["absent", "absent_over_time"];
