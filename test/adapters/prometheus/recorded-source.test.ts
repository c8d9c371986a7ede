import { describe, expect, test } from "@jest/globals";
import type { PrometheusApi } from "../../../src/adapters/prometheus/prometheus-source.ts";
import { createRecordedSource } from "../../../src/adapters/prometheus/recorded-source.ts";
import type { RecordedMetric } from "../../../src/app/gather-evidence/recorded-source.ts";

function of(application: string, ...metrics: readonly string[]): RecordedMetric[] {
  return metrics.map((metric) => ({ metric, application }));
}

/** Answers every question the same. */
function prometheus(answer: unknown) {
  const questions: string[] = [];
  const api: Pick<PrometheusApi, "post"> = {
    async post(_path, parameters, schema) {
      questions.push(Object.fromEntries(parameters).query ?? "");
      return schema.parse(answer);
    },
  };
  return { questions, source: createRecordedSource(api) };
}

function vector(...series: readonly [application: string, metric: string, value: string][]): unknown {
  const result = series.map(([application, metric, value]) => ({
    metric: { __name__: metric, application, rollguard_metric: metric },
    value: [1_790_000_000, value],
  }));
  return { status: "success", data: { resultType: "vector", result } };
}

describe("what is recorded of many applications", () => {
  test("is one question, and its labels tell it apart; each series counts, and NaN is told", async () => {
    const { questions, source } = prometheus(
      vector(
        ["a.b", "errors", "1"],
        ["a.b", "errors", "+Inf"],
        ["c", "errors", "NaN"],
        ["c", "latency", "3"],
      ),
    );
    const answers = await source.recorded([...of("a.b", "errors"), ...of("c", "errors", "uptime")], 25_000);
    expect(answers).toEqual([
      { values: [1, Number.POSITIVE_INFINITY], nan: 0, warnings: [] },
      { values: [], nan: 1, warnings: [] },
      { values: [], nan: 0, warnings: [] },
    ]);
    const all = '{__name__=~"errors|uptime",application=~"a\\\\.b|c"}';
    const named = (expr: string) => `label_replace(${expr}, "rollguard_metric", "$1", "__name__", "(.*)")`;
    expect(questions).toEqual([`${named(all)} and ${named(`last_over_time(${all}[25000ms])`)}`]);
  });

  test("is several questions where one would be too long", async () => {
    const { questions, source } = prometheus(vector(["app0", "metric0", "1"], ["app1", "metric5999", "2"]));
    const names = Array.from({ length: 6_000 }, (_, index) => `metric${index}`);
    const answers = await source.recorded([...of("app0", ...names), ...of("app1", ...names)], 1_000);
    expect(questions).toHaveLength(2);
    expect(answers.flatMap(({ values }) => values)).toEqual([1, 2]);
    expect(answers).toHaveLength(12_000);
  });

  test("is what an answer has of it, with what the server says of that", async () => {
    const metric = { __name__: "errors", application: "a" };
    const result = [{ metric, histogram: [1_790_000_000, { count: "1", sum: "1" }] }];
    const data = { resultType: "vector", result };
    const { source } = prometheus({ status: "success", data, warnings: ["no store of region eu"] });
    expect(await source.recorded(of("a", "errors"), 1_000)).toEqual([
      { values: [], nan: 0, warnings: ["no store of region eu"] },
    ]);
  });

  test.each([
    ["another type", { resultType: "matrix", result: [] }, "is no list of values"],
    ["no labels", { resultType: "vector", result: [{ value: [1, "1"] }] }, "a series without labels"],
    [
      "no number",
      { resultType: "vector", result: [{ metric: {}, value: [1, "x"] }] },
      "a sample is no number",
    ],
  ])("is not read where an answer has %s", async (_, data, message) => {
    const { source } = prometheus({ status: "success", data });
    await expect(source.recorded(of("a", "errors"), 1_000)).rejects.toThrow(message);
  });
});
