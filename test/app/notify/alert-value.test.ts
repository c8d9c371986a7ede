import { describe, expect, test } from "@jest/globals";
import { alertValue } from "../../../src/app/notify/alert-value.ts";
import type { AlertRule } from "../../../src/domain/alert.ts";

function rule(description: string, expr = "error_rate > 1"): AlertRule {
  return {
    alert: "ErrorRateSpike",
    expr,
    for: 0,
    keepFiringFor: null,
    labels: new Map(),
    annotations: new Map([["description", description]]),
    limits: [],
    trigger: null,
    blind: false,
  };
}

describe("what an alert's value was", () => {
  test.each([
    ["{{ $value }} % fail (at most 1).", "3.25 % fail (at most 1).", "3.25, fires when > 1"],
    ["{{ $labels.instance }}: {{ $value | humanize }} ms", "a:1: 1.2k ms", "1.2k, fires when > 1"],
    ["Only {{ $value }}. {{ $value }}!", "Only 7. 7!", "7, fires when > 1"],
  ])("%s", (template, description, expected) => {
    expect(alertValue(rule(template), description)).toBe(expected);
  });

  test("without a number to compare with, the value alone", () => {
    expect(alertValue(rule("{{ $value }} %", "a > $limit"), "3 %")).toBe("3");
  });

  test("of an alert on a metric, against what the policy says of it", () => {
    const on = (more: Partial<AlertRule>): string | null =>
      alertValue({ ...rule("{{ $value }} %", "error_rate and (…)"), ...more }, "3 %");
    expect(on({ condition: { metric: "error_rate", bad: "above", limit: 1 } })).toBe("3, fires when > 1");
    expect(on({ condition: { metric: "error_rate", bad: "below", limit: 5 } })).toBe("3, fires when < 5");
    expect(on({ condition: { metric: "error_rate", slo: 99.9 } })).toBe(
      "3, fires when the error budget of 99.9 % burns too fast",
    );
    const limits = [{ traffic: 100, limit: 1 }];
    expect(on({ condition: { metric: "error_rate", bad: "above", limit: 1 }, limits })).toBe("3");
  });

  test.each([
    [undefined, "3 %"],
    [rule("{{ $value }} %"), null],
    [rule("It is down."), "It is down."],
    [rule("{{ $value }} %"), "another text"],
  ])("is not known", (one, description) => {
    expect(alertValue(one, description)).toBeNull();
  });
});
