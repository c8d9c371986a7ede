import { describe, expect, test } from "@jest/globals";
import { chartFile } from "../../../src/adapters/report/chart.ts";
import { scalesOf } from "../../../src/adapters/report/chart-scales.ts";
import type { ChartView } from "../../../src/app/report/report.ts";

const FROM = Date.parse("2026-11-20T22:00:00Z");
const MINUTE = 60_000;
const time = (minutes: number): string => new Date(FROM + minutes * MINUTE).toISOString();

function chartOf(values: readonly (number | null)[], more: Partial<ChartView> = {}): ChartView {
  return {
    id: "error_rate",
    title: "Error rate",
    unit: "percent",
    shape: "line",
    from: time(0),
    to: time(240),
    points: values.map((value, index) => [time(index * 60), value]),
    bounds: [
      { kind: "green", value: 0.1, text: "green < 0.1" },
      { kind: "red", value: 1, text: "red > 1" },
    ],
    marks: [],
    missing: null,
    ...more,
  };
}

const pathOf = (picture: string): string => /<path class="line" d="([^"]*)"/.exec(picture)?.[1] ?? "";

describe("a picture", () => {
  test("breaks the line where there is no data, and shows a point that stands alone", () => {
    const picture = chartFile(chartOf([1, 2, null, 3, null]));
    expect(pathOf(picture).match(/M/g)).toHaveLength(2);
    expect(pathOf(chartFile(chartOf([1, 2, 3, 2, 1]))).match(/M/g)).toHaveLength(1);
    expect(picture.match(/<circle/g)).toHaveLength(1);
    expect(picture).toContain("There are gaps without data.");
  });

  test("goes up in steps where it is a share that is set", () => {
    const steps = chartFile(chartOf([0, 30, 30, 60, 60], { shape: "steps", bounds: [] }));
    // Along, then up: two points more for each step.
    expect(pathOf(steps).split("L")).toHaveLength(9);
    expect(scalesOf(chartOf([0, 30], { shape: "steps", bounds: [] })).y.domain()).toEqual([0, 100]);
  });

  test("draws a bound that is near, and only names one that would make the line flat", () => {
    const far = chartFile(chartOf([0.04, 0.05, 0.04, 0.05, 0.04]));
    expect(far.match(/<line class="bound/g)).toHaveLength(1);
    expect(far).toContain("red &gt; 1 % (above this picture)");
    const near = chartFile(chartOf([0.04, 0.8, 0.04, 0.05, 0.04]));
    expect(near.match(/<line class="bound/g)).toHaveLength(2);
    expect(near).not.toContain("above this picture");
  });

  test("names its times in UTC, and the day where it begins", () => {
    const labels = scalesOf(chartOf([1, 1, 1, 1, 1])).ticks.x.map(({ label }) => label);
    expect(labels).toContain("23:00");
    expect(labels).toContain("21 Nov");
    const days = scalesOf(chartOf([1], { to: time(5 * 24 * 60) })).ticks.x.map(({ label }) => label);
    expect(days).toEqual(["21 Nov", "22 Nov", "23 Nov", "24 Nov", "25 Nov"]);
    expect(chartFile(chartOf([1]))).toContain(">UTC</text>");
  });

  test("marks a rollback always, and of stages those that have room", () => {
    const marks = [0, 2, 4, 120].map((minutes) => ({
      kind: "stage" as const,
      at: time(minutes),
      label: `${minutes}: 10 %`,
    }));
    const rollback = { kind: "rollback" as const, at: time(239), label: "rollback: safe-state" };
    const picture = chartFile(chartOf([1, 1, 1, 1, 1], { marks: [...marks, rollback] }));
    expect(picture.match(/<line class="mark stage"/g)).toHaveLength(4);
    expect(picture.match(/<text class="mark stage/g)).toHaveLength(2);
    // At the right edge its name stands on the left of it.
    expect(picture).toContain('<text class="mark rollback end"');
  });

  test("is told in words to those who do not see it", () => {
    const picture = chartFile(chartOf([0.5, 2, 0.25, 1, 1]));
    expect(picture).toMatch(/role="img" aria-labelledby="chart-error_rate-title chart-error_rate-desc"/);
    expect(picture).toContain(
      "0.5 % at first, 1 % at last, between 0.25 % and 2 %, from 2026-11-20 22:00 UTC to 2026-11-21 02:00 UTC. green &lt; 0.1. red &gt; 1.",
    );
  });

  test("of nothing says why", () => {
    const picture = chartFile(chartOf([], { missing: "Prometheus is not configured" }));
    expect(picture).toContain("No data: Prometheus is not configured");
    expect(picture).not.toContain("<path");
  });

  test("copes with infinities, with nothing but zero, and with a time without length", () => {
    for (const values of [
      [Number.POSITIVE_INFINITY, 1, 1],
      [0, 0, 0],
      [-5, 5],
    ]) {
      const picture = chartFile(chartOf(values));
      expect(picture).not.toMatch(/NaN|undefined/);
      expect(picture).not.toMatch(/d="[^"]*Infinity/);
    }
    expect(chartFile(chartOf([1], { to: time(0) }))).not.toContain("NaN");
  });
});
