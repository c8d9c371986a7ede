import { parser } from "@prometheus-io/lezer-promql";
import type { LabelMatcher } from "../../domain/lint/promql.ts";
import { syntaxErrorsOf } from "./syntax-errors.ts";
import { nodeOf } from "./syntax-nodes.ts";

/** One metric by its name, and its matchers: as it is now. */
export interface PlainSelector {
  readonly metric: string;
  readonly matchers: readonly LabelMatcher[];
}

export type ReadSelector = PlainSelector | { readonly error: string };

/** More is no selector that a person has written. */
const MAX_LENGTH = 2_000;

const NAME = /^[A-Za-z_:][A-Za-z0-9_:]*$/;

/** Reads a selector without functions, range or offset. */
export function readSelector(text: string): ReadSelector {
  if (text.length > MAX_LENGTH) return { error: `is longer than ${MAX_LENGTH} characters` };
  const tree = parser.parse(text);
  const [error] = syntaxErrorsOf(tree, text);
  if (error !== undefined) return { error: `${error.message}: ${error.advice}` };
  const node = nodeOf(tree.topNode, text);
  if (node.type === "wrapped") return { error: "has a range or an offset: leave it out" };
  if (node.type === "call") return { error: `takes a ${node.name}() of something: name the counters alone` };
  if (node.type !== "selector")
    return { error: 'is no selector: name one metric, e.g. app_requests_total{job="app"}' };
  if (node.metric === null || !NAME.test(node.metric))
    return { error: 'needs a plain metric name, e.g. app_requests_total{job="app"}' };
  return { metric: node.metric, matchers: node.matchers.filter(({ name }) => name !== "__name__") };
}

/** In one way of writing, so that a matcher or a range can be put behind it. */
export function selectorText({ metric, matchers }: PlainSelector): string {
  if (matchers.length === 0) return metric;
  const written = matchers.map(({ name, op, value }) => `${labelText(name)}${op}${JSON.stringify(value)}`);
  return `${metric}{${written.join(",")}}`;
}

function labelText(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? name : JSON.stringify(name);
}
