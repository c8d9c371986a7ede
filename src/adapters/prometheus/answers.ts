import { z } from "zod";
import type { LoadedRule, LoadedRuleGroup } from "../../app/ports.ts";

// Prometheus' answers, as far as they are needed; whatever else is in them is left out.
// https://prometheus.io/docs/prometheus/latest/querying/api/

/** Numbers come as text, since JSON has neither NaN nor infinities. */
const SPECIAL: ReadonlyMap<string, number> = new Map([
  ["NaN", Number.NaN],
  ["+Inf", Number.POSITIVE_INFINITY],
  ["-Inf", Number.NEGATIVE_INFINITY],
]);

const sampleText = z
  .string()
  .refine((text) => SPECIAL.has(text) || (text.trim() !== "" && !Number.isNaN(Number(text))), "is no number");

export function sampleOf(text: string): number {
  return SPECIAL.get(text) ?? Number(text);
}

/** Seconds and value. */
const sample = z.tuple([z.number(), sampleText]).transform(([, text]) => text);

const labels = z.record(z.string(), z.string());

/** Of a recording rule without labels they are missing. */
const ruleLabels = labels.nullish().transform((found) => found ?? {});

function success<T extends z.ZodType>(data: T) {
  return z.object({ status: z.literal("success"), data });
}

const queryData = z.discriminatedUnion("resultType", [
  z.object({ resultType: z.literal("scalar"), result: sample }),
  z.object({
    resultType: z.literal("vector"),
    // A native histogram has no `value`.
    result: z.array(z.object({ value: sample }).transform(({ value }) => value)),
  }),
  z.object({ resultType: z.literal("matrix") }),
  z.object({ resultType: z.literal("string") }),
]);

export type QueryData = z.output<typeof queryData>;

export const queried = success(queryData)
  .extend({ warnings: z.array(z.string()).nullish() })
  .transform(({ data, warnings }) => ({ data, warnings: warnings ?? [] }));

const seriesOverTime = z.object({
  // What has native histograms only has no `values`.
  values: z.array(z.tuple([z.number(), sampleText])).default([]),
});

export const queriedRange = success(
  z.object({ resultType: z.literal("matrix"), result: z.array(seriesOverTime) }),
)
  .extend({ warnings: z.array(z.string()).nullish() })
  .transform(({ data, warnings }) => ({
    series: data.result.map(({ values }) =>
      values.map(([at, text]) => ({ at: milliseconds(at), value: sampleOf(text) })),
    ),
    warnings: warnings ?? [],
  }));

export const targets = success(
  z.object({
    activeTargets: z.array(
      z.object({ labels, scrapePool: z.string().default(""), health: z.string(), lastError: z.string() }),
    ),
  }),
).transform(({ data }) => data);

/** An evaluation that fails keeps what the rule recorded, or told, before. */
const evaluated = { health: z.string().default("unknown"), lastError: z.string().default("") };

function failureOf(health: string, lastError: string): Pick<LoadedRule, "failure"> {
  return health === "err" ? { failure: lastError } : {};
}

const recordingRule = z
  .object({
    type: z.literal("recording"),
    name: z.string(),
    query: z.string(),
    labels: ruleLabels,
    ...evaluated,
  })
  .transform(
    ({ name, query, labels, health, lastError }): LoadedRule => ({
      kind: "record",
      name,
      expr: query,
      for: 0,
      labels,
      ...failureOf(health, lastError),
    }),
  );

const alertingRule = z
  .object({
    type: z.literal("alerting"),
    name: z.string(),
    query: z.string(),
    duration: z.number(),
    labels: ruleLabels,
    ...evaluated,
  })
  .transform(
    ({ name, query, duration, labels, health, lastError }): LoadedRule => ({
      kind: "alert",
      name,
      expr: query,
      for: milliseconds(duration),
      labels,
      ...failureOf(health, lastError),
    }),
  );

const group = z
  .object({
    name: z.string(),
    interval: z.number(),
    rules: z.array(z.discriminatedUnion("type", [recordingRule, alertingRule])),
  })
  .transform(
    ({ name, interval, rules }): LoadedRuleGroup => ({ name, interval: milliseconds(interval), rules }),
  );

export const ruleGroups = success(z.object({ groups: z.array(group) })).transform(({ data }) => data);

export const formatted = success(z.string()).transform(({ data }) => data);

function milliseconds(seconds: number): number {
  return Math.round(seconds * 1_000);
}
