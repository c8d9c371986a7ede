import { describe, expect, it } from "@jest/globals";
import { probeOf } from "../../../src/domain/generate/expression-probe.ts";
import { expandedTemplate } from "../../../src/domain/generate/template-expansion.ts";

const none = new Map();

describe("the probe of an expression", () => {
  it.each([
    ["error_rate > 1.0", { reading: "instant", window: 0, keepsLabels: true, comparison: ">", threshold: 1 }],
    ["  a:b <= -0.5 ", { reading: "instant", comparison: "<=", threshold: -0.5 }],
    ["max (a) == 0", { reading: "instant", keepsLabels: false, comparison: "==", threshold: 0 }],
    ["avg_over_time(up[1m]) < 0.7", { reading: "average", window: 60_000, keepsLabels: true }],
    ["sum(rate(a_total[5m])) != 0", { reading: "rate", window: 300_000, keepsLabels: false }],
    ["increase(a_total[30s]) >= 3", { reading: "increase", window: 30_000, threshold: 3 }],
  ])("%s", (expr, probe) => expect(probeOf(expr)).toMatchObject({ kind: "threshold", ...probe }));

  it("knows which series are selected", () => {
    expect(probeOf('a{ job="x", env!="test" } > 1')).toMatchObject({
      selector: {
        metric: "a",
        labels: new Map([
          ["job", "x"],
          ["env", "not test"],
        ]),
        exact: new Map([["job", "x"]]),
      },
    });
    expect(probeOf("a{} > 1")).toMatchObject({ selector: { labels: none, exact: none } });
  });

  it("knows what is missing", () => {
    expect(probeOf('absent(a) or absent_over_time(b{x="y"}[5m]) or absent(up == 1)')).toMatchObject({
      kind: "absent",
      parts: [
        { selector: { metric: "a" }, value: null },
        { selector: { metric: "b", exact: new Map([["x", "y"]]) }, value: null },
        { selector: { metric: "up" }, value: 1 },
      ],
    });
  });

  it("knows what always fires", () => expect(probeOf("vector(1)")).toEqual({ kind: "always" }));

  it.each([
    "a > b",
    "a / b > 1",
    "a > 1 and b > 1",
    "sum by (x) (a) > 1",
    'a{job=~"x.*"} > 1',
    "quantile_over_time(0.9, a[1m]) > 1",
    "rate(a[1x]) > 1",
    "absent(a) or b > 1",
    "a > 1 # why",
    "a",
    "",
  ])("claims nothing of %s", (expr) => expect(probeOf(expr)).toBeUndefined());
});

describe("an expanded template", () => {
  const labels = new Map([["instance", "a:1"]]);
  const expand = (text: string, value = 1.5) => expandedTemplate(text, value, labels);

  it("names the value, labels and text", () => {
    expect(expand('{{ $value }}|{{- $labels.instance -}}|{{$labels.none}}|{{"{{"}}|{{""}}')).toBe(
      "1.5|a:1||{{|",
    );
  });

  it.each([
    [0, "0"],
    [1000, "1000"],
    [-0.5, "-0.5"],
    [0.0001, "0.0001"],
    [0.00005, "5e-05"],
    [1e-12, "1e-12"],
  ])("writes %d as Go does", (value, text) => expect(expand("{{ $value }}", value)).toBe(text));

  it.each(["{{ $value | humanize }}", "{{ if $value }}", "{{"])("knows not what becomes of %s", (text) =>
    expect(expand(text)).toBeUndefined(),
  );
});
