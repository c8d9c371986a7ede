import type { LabelMatcher } from "../../domain/lint/promql.ts";

/** As Alertmanager prints it: `name="value"`; a name that is not of letters, digits and `_` is quoted too. */
const MATCHER = /^\s*("(?:[^"\\]|\\.)*"|[^\s=!~"{},]+)\s*(=~|!~|!=|=)\s*("(?:[^"\\]|\\.)*"|[^"]*?)\s*$/s;

/** @returns undefined when the text is no matcher */
export function matcherIn(text: string): LabelMatcher | undefined {
  const [, name, op, value] = MATCHER.exec(text) ?? [];
  if (name === undefined || value === undefined) return undefined;
  return { name: unquoted(name), op: op as LabelMatcher["op"], value: unquoted(value) };
}

function unquoted(text: string): string {
  if (!text.startsWith('"')) return text;
  const inner = text.slice(1, -1);
  return inner.replaceAll(/\\(.)/gs, (_, escaped: string) => (escaped === "n" ? "\n" : escaped));
}
