import { describe, expect, it } from "@jest/globals";
import { type CheckedRule, checkWithPromtool } from "../../../src/adapters/promql/promtool.ts";

const rule = (name: string, rest: Partial<CheckedRule> = {}): CheckedRule => ({
  kind: "alert",
  name,
  expr: "a > 1",
  labels: new Map(),
  annotations: new Map(),
  ...rest,
});

describe("promtool", () => {
  it("tells which rule of which list it means, and where in it", async () => {
    const complaints = await checkWithPromtool([
      [rule("Good"), rule("Bad", { expr: "a >\n  foo(b)" })],
      [
        rule("Text", {
          annotations: new Map([["summary", "{{ $vaule }}"]]),
          labels: new Map([["x", "{{ end }}"]]),
        }),
        rule("Name", { labels: new Map([["a-b", "c"]]) }),
      ],
    ]);
    expect(complaints).toEqual([
      {
        list: 0,
        rule: 1,
        part: "expr",
        at: { line: 2, column: 3 },
        message: 'unknown function with name "foo"',
      },
      { list: 1, rule: 0, part: { section: "labels", key: "x" }, at: null, message: "unexpected {{end}}" },
      {
        list: 1,
        rule: 0,
        part: { section: "annotations", key: "summary" },
        at: null,
        message: 'undefined variable "$vaule"',
      },
      {
        list: 1,
        rule: 1,
        part: { section: "labels", key: "a-b" },
        at: null,
        message: "invalid label name: a-b",
      },
    ]);
  });

  it("has nothing to say of good rules", async () => {
    expect(await checkWithPromtool([[rule("Good")], [rule("x", { kind: "record" })]])).toEqual([]);
  });

  it("is not missed where it is not installed", async () => {
    expect(await checkWithPromtool([[rule("Good")]], "no-such-promtool")).toBeNull();
  });
});
