import { describe, expect, test } from "@jest/globals";
import { createJsonApi } from "../../../src/adapters/json-api/json-api.ts";
import type { PrometheusApi } from "../../../src/adapters/prometheus/prometheus-source.ts";
import { rawMatrix } from "../../../src/adapters/prometheus/raw-answer.ts";
import { createRawSource } from "../../../src/adapters/prometheus/raw-samples.ts";
import type { RawAnswer, RawSelector } from "../../../src/app/ports.ts";

const WINDOW = { to: 1_790_000_010_000, back: 90_000 };

interface Question {
  readonly query: string;
  readonly time: string;
}

/** Answers each question with some series, whose labels stand for them. */
function prometheus(series: readonly Record<string, string>[]) {
  const questions: Question[] = [];
  const api: Pick<PrometheusApi, "post"> = {
    async post(_path, parameters, schema) {
      const { query = "", time = "" } = Object.fromEntries(parameters);
      questions.push({ query, time });
      const result = series.map((metric) => ({ metric, values: [[1_790_000_000, "1"]] }));
      return schema.parse({ status: "success", data: { resultType: "matrix", result } });
    },
  };
  return { questions, source: createRawSource(api) };
}

function labelsOf(answer: RawAnswer | undefined): unknown {
  return answer !== undefined && "series" in answer ? answer.series.map(({ labels }) => labels) : answer;
}

async function asked(selectors: readonly RawSelector[]): Promise<string[]> {
  const { questions, source } = prometheus([]);
  await source.rawSamples(selectors, WINDOW);
  return questions.map(({ query }) => query);
}

describe("many selectors", () => {
  test("that fix the same labels are one question, and their labels tell the series apart", async () => {
    const a = { __name__: "errors_total", job: "a", instance: "1" };
    const b = { __name__: "errors_total", job: "b" };
    const crossed = { __name__: "requests_total", job: "b" };
    const { questions, source } = prometheus([a, b, crossed]);
    const answers = await source.rawSamples(
      [
        { selector: 'errors_total{job="a"}' },
        { selector: 'errors_total{job="b"}' },
        { selector: 'requests_total{job="a"}' },
      ],
      WINDOW,
    );
    expect(questions).toEqual([
      {
        query: '{__name__=~"errors_total|requests_total",job=~"a|b"}[90000ms]',
        time: "1790000010",
      },
    ]);
    expect(answers.map(labelsOf)).toEqual([[a], [b], []]);
  });

  test("that differ in other matchers are questions of their own", async () => {
    expect(
      await asked([
        { selector: 'requests_total{job="a",code=~"5.."}' },
        { selector: 'requests_total{code=~"5..",job="b"}' },
        { selector: 'requests_total{job="a"}' },
        { selector: "requests_total" },
      ]),
    ).toEqual([
      '{__name__="requests_total",job=~"a|b",code=~"5.."}[90000ms]',
      '{__name__="requests_total",job="a"}[90000ms]',
      '{__name__="requests_total"}[90000ms]',
    ]);
  });

  test("are a question for each thousand", async () => {
    const all = Array.from({ length: 2_500 }, (_, index) => ({
      selector: `requests_total{job="job-${index}"}`,
    }));
    expect(await asked(all)).toHaveLength(3);
  });

  test("that cannot be asked for fail alone", async () => {
    const { source } = prometheus([{ __name__: "a" }]);
    const answers = await source.rawSamples(
      [{ selector: "sum(a)" }, { selector: "a" }, { selector: "a{" }],
      WINDOW,
    );
    expect(answers.map(labelsOf)).toEqual([
      { failure: 'Prometheus cannot be asked for "sum(a)": it is no selector with a name' },
      [{ __name__: "a" }],
      { failure: 'Prometheus cannot be asked for "a{": it is no selector with a name' },
    ]);
  });

  test("share a failure only with those of the same question", async () => {
    const source = createRawSource({
      async post(_path, parameters, schema) {
        if (String(parameters).includes("=~")) throw new Error("Prometheus answered 400 Bad Request");
        return schema.parse({ status: "success", data: { resultType: "matrix", result: [] } });
      },
    });
    const selectors = ['a{x=~"("}', 'b{x=~"("}', "c"].map((selector) => ({ selector }));
    const failure = "Prometheus answered 400 Bad Request";
    expect((await source.rawSamples(selectors, WINDOW)).map(labelsOf)).toEqual([
      { failure },
      { failure },
      [],
    ]);
  });
});

test.each([
  [
    "names and labels in quotes",
    `{"my.requests","service.name"="a"}`,
    '{__name__="my.requests","service.name"="a"}',
  ],
  ["a name as a label", `{__name__="a",job='b'}`, '{__name__="a",job="b"}'],
  ["what a regular expression would read otherwise", 'a{job="x.y|z"}', '{__name__="a",job="x.y|z"}'],
  [
    "escapes, which are the server's to read",
    String.raw`a{job="x\"y"}`,
    String.raw`{__name__="a",job="x\"y"}`,
  ],
  ["a label that is not there", 'a{job=""}', '{__name__="a",job=""}'],
])("%s", async (_, selector, query) => {
  expect(await asked([{ selector }])).toEqual([`${query}[90000ms]`]);
});

test("values that a regular expression would read otherwise stand for themselves in one", async () => {
  const [query] = await asked([{ selector: 'a{job="x.y"}' }, { selector: 'a{job="p|q"}' }]);
  expect(query).toBe(String.raw`{__name__="a",job=~"p\\|q|x\\.y"}[90000ms]`);
});

describe("a histogram", () => {
  test.each([
    [0.5, ["0.5", ".5", "0.50", "5e-01", "5E-1", "5.0e-1"], ["0.05", "5", "0.55", "5e-02"]],
    [1, ["1", "1.0", "1e0", "1e+00"], ["10", "0.1", "1.5", "11"]],
    [2.5, ["2.5", "2.50", "2.5e0"], ["25", "2.05", "2"]],
    [0.0025, ["0.0025", "2.5e-03"], ["0.025"]],
  ])(
    "is asked for its bucket %d however that is written, for all of it, and for a native one",
    async (bound, same, others) => {
      const [query = ""] = await asked([{ selector: 'took_seconds{job="a"}', buckets: [bound] }]);
      expect(query).toContain('__name__=~"took_seconds|took_seconds_bucket"');
      const pattern = new RegExp(`^(?:${JSON.parse(/le=~("(?:[^"\\]|\\.)*")/.exec(query)?.[1] ?? '""')})$`);
      expect([...same, "+Inf", ""].filter((le) => !pattern.test(le))).toEqual([]);
      expect(others.filter((le) => pattern.test(le))).toEqual([]);
    },
  );

  test("brings the buckets that were asked for, of those that others asked for in the same question", async () => {
    const bucket = (job: string, le: string) => ({ __name__: "took_seconds_bucket", job, le });
    const found = ["a", "b"].flatMap((job) => ["0.5", "1", "+Inf"].map((le) => bucket(job, le)));
    const { questions, source } = prometheus(found);
    const answers = await source.rawSamples(
      [
        { selector: 'took_seconds{job="a"}', buckets: [0.5] },
        { selector: 'took_seconds{job="b"}', buckets: [1] },
        { selector: 'took_seconds{job="b"}', buckets: "all" },
      ],
      WINDOW,
    );
    expect(questions).toHaveLength(2);
    expect(answers.map(labelsOf)).toEqual([
      [bucket("a", "0.5"), bucket("a", "+Inf")],
      [bucket("b", "1"), bucket("b", "+Inf")],
      [bucket("b", "0.5"), bucket("b", "1"), bucket("b", "+Inf")],
    ]);
  });
});

describe("an answer", () => {
  const matrix = (result: unknown, more: object = {}) =>
    rawMatrix.safeParse({ status: "success", data: { resultType: "matrix", result }, ...more });

  test("has numbers, and native histograms with their buckets", () => {
    const histogram = {
      count: "5",
      sum: "9",
      buckets: [
        [0, "0.5", "1", "3"],
        [0, "1", "+Inf", "2"],
      ],
    };
    const result = [
      {
        metric: { a: "b" },
        values: [
          [1.5, "NaN"],
          [2.001, "1e3"],
        ],
      },
      {
        metric: {},
        histograms: [
          [3, histogram],
          [4, { count: "0", sum: "0" }],
        ],
      },
    ];
    expect(matrix(result, { warnings: ["odd"] }).data).toEqual({
      series: [
        {
          labels: { a: "b" },
          samples: [
            { at: 1_500, value: Number.NaN },
            { at: 2_001, value: 1_000 },
          ],
          histograms: [],
        },
        {
          labels: {},
          samples: [],
          histograms: [
            {
              at: 3_000,
              count: 5,
              buckets: [
                { lower: 0.5, upper: 1, count: 3 },
                { lower: 1, upper: Number.POSITIVE_INFINITY, count: 2 },
              ],
            },
            { at: 4_000, count: 0, buckets: [] },
          ],
        },
      ],
      warnings: ["odd"],
    });
  });

  test.each([
    ["no list where one should be", matrix("x")],
    ["a series without labels", matrix([{ values: [] }])],
    ["a sample is no number", matrix([{ metric: {}, values: [[1, "x"]] }])],
    ["a sample is no number", matrix([{ metric: {}, values: [[1, 1]] }])],
    ["a sample without a time", matrix([{ metric: {}, values: [["1", "1"]] }])],
    [
      "is no range of samples",
      rawMatrix.safeParse({ status: "success", data: { resultType: "vector", result: [] } }),
    ],
    ["is no range of samples", rawMatrix.safeParse(null)],
  ])("that is none is said to be so: %s", (message, parsed) => {
    expect(parsed.error?.issues[0]?.message).toBe(message);
  });

  test("of nobody is the failure of all", async () => {
    const source = createRawSource(
      createJsonApi({ name: "Prometheus", url: "http://127.0.0.1:1", attempts: 1 }),
    );
    const [answer] = await source.rawSamples([{ selector: "a" }], WINDOW);
    expect(answer).toEqual({ failure: expect.stringContaining("Prometheus does not answer") });
  });
});
