import { loadPolicyText } from "../../src/config/policy-text.ts";
import type { Problem } from "../../src/config/problem.ts";

/** Stands in a policy's text right before the place of an expected problem. */
const MARK = "¦";

export interface Marked {
  readonly text: string;
  /** `line:column` of each mark. */
  readonly places: readonly string[];
}

export function marked(source: string): Marked {
  const places = source.split("\n").flatMap((line, index) => {
    const parts = line.split(MARK).slice(0, -1);
    return parts.map((_, at) => `${index + 1}:${parts.slice(0, at + 1).join("").length + 1}`);
  });
  return { text: source.replaceAll(MARK, ""), places };
}

export function problemsOf(text: string): readonly Problem[] {
  return loadPolicyText(text, "app.yaml").problems;
}

/** Each problem as `line:column message`. */
export function linesOf(problems: readonly Problem[]): string[] {
  return problems.map(({ line, column, message }) => `${line}:${column} ${message}`);
}

/** Enough for the loader; tests add to it. */
export const SMALL = `application: { name: shop, trafficFlag: new_checkout }
flags:
  new_checkout: { phase: 1 }
  fast_search: { enabled: true, phase: 2, parent: new_checkout }
  audit_log: { enabled: true, protected: true }
  stop_everything: { kind: kill-switch }
  read_only: { kind: operational }
alerts:
  - { alert: ErrorsHigh, expr: errors > 1, rollback: safe-state }
`;
