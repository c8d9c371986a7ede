import { EditorState } from "@codemirror/state";
import promqlParser from "@prometheus-io/codemirror-promql/dist/cjs/parser/index.js";
import { parser } from "@prometheus-io/lezer-promql";
import type { Promql, PromqlError } from "../../domain/lint/promql.ts";
import { syntaxErrorsOf } from "./syntax-errors.ts";
import { nodeOf, type SyntaxTree } from "./syntax-nodes.ts";
import { withoutComments } from "./syntax-of.ts";

type CheckedState = ConstructorParameters<typeof promqlParser.Parser>[0];

/** UTF-16 units. Longer ones are made by programs or with ill will, and the checks of types take quadratic time. */
const MAX_LENGTH = 16_384;

/** Reads one PromQL expression; never throws. */
export function parsePromql(text: string): Promql {
  if (text.length > MAX_LENGTH)
    return refused(text, `is longer than ${MAX_LENGTH} characters`, "record parts of it as metrics");
  try {
    const code = withoutComments(text);
    const tree = parser.parse(code);
    const syntax = syntaxErrorsOf(tree, code);
    if (syntax.length > 0) return { text, node: null, errors: syntax };
    return { text, node: nodeOf(tree.topNode, code), errors: typeErrorsOf(tree, code) };
  } catch (error) {
    if (error instanceof RangeError)
      return refused(text, "is nested too deeply", "record parts of it as metrics");
    throw error;
  }
}

function refused(text: string, message: string, advice: string): Promql {
  const span = { from: 0, to: text.length };
  return { text, node: null, errors: [{ kind: "syntax", message, advice, span }] };
}

/** Prometheus' own checks of types, as its expression editor makes them. */
function typeErrorsOf(tree: SyntaxTree, text: string): PromqlError[] {
  // One class, and two declarations of it: TypeScript keeps those of CommonJS and of ES modules apart.
  const state = EditorState.create({ doc: text }) as unknown as CheckedState;
  const checker = new promqlParser.Parser(state);
  // An editor parses for 20 ms and goes on later; here the whole tree is at hand, and needs no editor.
  Object.assign(checker, { tree });
  checker.analyze();
  return checker
    .getDiagnostics()
    .filter(({ severity }) => severity === "error")
    .map(({ message, from, to }) => ({
      kind: "type",
      message,
      advice: adviceOn(message),
      span: { from, to },
    }));
}

const ADVICE: readonly (readonly [RegExp, string])[] = [
  [/expected type matrix/, "give it a range, e.g. metric[5m]"],
  [/expected type vector .* got matrix/, "remove the range, or take a rate() of it"],
  [/expected type vector .* got scalar/, "give it a metric; vector(…) makes one of a number"],
  [/expected type scalar/, "give it a number; scalar(…) makes one of a metric that is there once"],
  [/must contain only scalar and instant vector/, "remove the range, or take a rate() of it"],
  [/must use BOOL/, "write `bool` after the operator, or compare a metric"],
  [/argument\(s\) in call/, "see the function in Prometheus' documentation"],
  [/non-empty matcher/, 'name the metric, or match a label with something, e.g. {job="x"}'],
];

function adviceOn(message: string): string {
  return ADVICE.find(([pattern]) => pattern.test(message))?.[1] ?? "see PromQL in Prometheus' documentation";
}
