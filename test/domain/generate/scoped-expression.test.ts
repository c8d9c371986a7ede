import { describe, expect, it } from "@jest/globals";
import { scopedExpression } from "../../../src/domain/generate/scoped-expression.ts";

const METRICS = new Set(["errors", "m"]);
const scoped = (expr: string) => scopedExpression(expr, METRICS, "shop");

describe("an expression of one of several applications", () => {
  it.each([
    ["errors > 1", 'errors{application="shop"} > 1'],
    ["errors{} > 1", 'errors{application="shop"} > 1'],
    ['errors { a="b" } > 1', 'errors {application="shop", a="b" } > 1'],
    [
      "absent(errors) or absent(errors)",
      'absent(errors{application="shop"}) or absent(errors{application="shop"})',
    ],
    ["rate(errors[1m]) + other[5m]", 'rate(errors{application="shop"}[1m]) + other[5m]'],
    ["errors_total + my:errors", "errors_total + my:errors"],
    ['other{errors="errors",x="}"} + errors', 'other{errors="errors",x="}"} + errors{application="shop"}'],
    [
      "other{job='errors'} # errors\n> errors",
      "other{job='errors'} # errors\n> errors{application=\"shop\"}",
    ],
    ["sum by (errors) (other)", "sum by (errors) (other)"],
    ["a * on (errors) group_left (m) b", "a * on (errors) group_left (m) b"],
    [
      "label_replace(m, `errors`, '$1', \"errors\", '')",
      "label_replace(m{application=\"shop\"}, `errors`, '$1', \"errors\", '')",
    ],
    ['{__name__="errors"}', '{__name__="errors"}'],
    ["1e3m + 0x1f", "1e3m + 0x1f"],
  ])("%s", (expr, expected) => expect(scoped(expr)).toBe(expected));

  it("stays as it is when no metric is shared", () => {
    expect(scopedExpression("errors > 1", new Set(), "shop")).toBe("errors > 1");
  });
});
