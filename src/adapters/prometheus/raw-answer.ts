import { z } from "zod";
import type { RawHistogram, RawSample, RawSeries } from "../../app/ports.ts";
import { sampleOf } from "./answers.ts";

// A look at a thousand applications has tens of thousands of series: checked by hand, sample by sample.

interface RawMatrix {
  readonly series: readonly RawSeries[];
  readonly warnings: readonly string[];
}

/** The values of some series at one moment. */
interface InstantVector {
  readonly series: readonly { readonly labels: RawSeries["labels"]; readonly value: number }[];
  readonly warnings: readonly string[];
}

/** The answer to a range selector. */
export const rawMatrix = readBy(
  (json): RawMatrix => ({
    series: resultOf(json, "matrix").map(seriesOf),
    warnings: warningsOf(json),
  }),
);

/** Native histograms, which have no value, are left out. */
export const instantVector = readBy(
  (json): InstantVector => ({
    series: resultOf(json, "vector").flatMap((each) => {
      const { value } = Object(each) as { value?: unknown };
      return value === undefined ? [] : [{ labels: labelsOf(each), value: sampleIn(value).value }];
    }),
    warnings: warningsOf(json),
  }),
);

class Unknown extends Error {}

function readBy<T>(read: (json: unknown) => T) {
  return z.unknown().transform((json, context): T => {
    try {
      return read(json);
    } catch (error) {
      if (!(error instanceof Unknown)) throw error;
      context.addIssue({ code: "custom", message: error.message });
      return z.NEVER;
    }
  });
}

function resultOf(json: unknown, type: "matrix" | "vector"): readonly unknown[] {
  const { status, data } = Object(json) as { status?: unknown; data?: unknown };
  const { resultType, result } = Object(data) as { resultType?: unknown; result?: unknown };
  if (status !== "success" || resultType !== type)
    throw new Unknown(type === "matrix" ? "is no range of samples" : "is no list of values");
  return listOf(result);
}

function warningsOf(json: unknown): readonly string[] {
  const { warnings } = Object(json) as { warnings?: unknown };
  return warnings === undefined || warnings === null ? [] : listOf(warnings).map(String);
}

function labelsOf(json: unknown): RawSeries["labels"] {
  const { metric } = Object(json) as { metric?: unknown };
  if (typeof metric !== "object" || metric === null) throw new Unknown("a series without labels");
  return metric as RawSeries["labels"];
}

function seriesOf(json: unknown): RawSeries {
  const { values, histograms } = Object(json) as { values?: unknown; histograms?: unknown };
  return {
    labels: labelsOf(json),
    samples: values === undefined ? [] : listOf(values).map(sampleIn),
    histograms: histograms === undefined ? [] : listOf(histograms).map(histogramIn),
  };
}

function sampleIn(json: unknown): RawSample {
  const [seconds, text] = listOf(json);
  return { at: timeOf(seconds), value: numberOf(text) };
}

function histogramIn(json: unknown): RawHistogram {
  const [seconds, histogram] = listOf(json);
  const { count, buckets } = Object(histogram) as { count?: unknown; buckets?: unknown };
  return {
    at: timeOf(seconds),
    count: numberOf(count),
    // Empty ones are left out, and without any the key is.
    buckets: buckets === undefined ? [] : listOf(buckets).map(bucketIn),
  };
}

function bucketIn(json: unknown): RawHistogram["buckets"][number] {
  const [, lower, upper, count] = listOf(json);
  return { lower: numberOf(lower), upper: numberOf(upper), count: numberOf(count) };
}

function listOf(json: unknown): readonly unknown[] {
  if (!Array.isArray(json)) throw new Unknown("no list where one should be");
  return json;
}

function timeOf(seconds: unknown): number {
  if (typeof seconds !== "number") throw new Unknown("a sample without a time");
  return Math.round(seconds * 1_000);
}

function numberOf(text: unknown): number {
  const number = typeof text === "string" ? sampleOf(text) : undefined;
  if (number === undefined || (Number.isNaN(number) && text !== "NaN"))
    throw new Unknown("a sample is no number");
  return number;
}
