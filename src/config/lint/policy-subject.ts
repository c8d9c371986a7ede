import { parsePromql } from "../../adapters/promql/parse-promql.ts";
import { readSelector } from "../../adapters/promql/plain-selector.ts";
import { actsAtOnce } from "../../domain/judge.ts";
import type { Path } from "../../domain/lint/finding.ts";
import type { Promql } from "../../domain/lint/promql.ts";
import type {
  AlertSubject,
  GateBound,
  JudgeSubject,
  LintSubject,
  QuerySubject,
  RecordSubject,
  VariantSubject,
  VerificationSubject,
} from "../../domain/lint/subject.ts";
import type { Policy } from "../../domain/policy.ts";
import { seriesOf } from "../../domain/recorded-series.ts";
import type { Duration } from "../../domain/time.ts";
import { didYouMean } from "../did-you-mean.ts";
import { isRecord, valueAt } from "../policy-draft.ts";
import { METRIC_FOR } from "../policy-trigger-convert.ts";
import { areMetricsComplete, certainPanels, isDoubtful, type PolicyCertainty } from "./policy-certainty.ts";
import { durationAt, itemsAt, type RawItem, textAt, textsAt } from "./raw-value.ts";

/** As the schema's defaults say. */
const INTERVAL = 5_000;
const TIMEOUT = 4_000;
const EVALUATION = 15_000;
const MAX_TIME = 360_000;

/** `$limit` is no PromQL; a number of the same length keeps every offset. */
const LIMIT = /\$limit\b/g;
const STAND_IN = "111111";

/**
 * What there is to check in a policy file, from its data: a policy with mistakes is checked as far as it goes.
 */
export function policySubject(raw: unknown, certainty: PolicyCertainty): LintSubject {
  const evaluationInterval = durationAt(raw, ["scrape", "evaluationInterval"]) ?? EVALUATION;
  const scrapeInterval = durationAt(raw, ["scrape", "interval"]) ?? INTERVAL;
  const maxTimeToRollback = durationAt(raw, ["rollbacks", "maxTimeToRollback"]) ?? MAX_TIME;
  const records = itemsAt(raw, ["metrics"]).map(recordOf);
  const alerts = itemsAt(raw, ["alerts"]).map((item) => alertOf(item, evaluationInterval, records));
  return {
    kind: "policy",
    alerts,
    records,
    areRecordsComplete: areMetricsComplete(raw, certainty),
    queries: queriesOf(raw),
    gates: boundsOf(certainty.policy),
    judges: judgesOf(raw, certainty),
    variants: variantsOf(raw),
    verification: verificationOf(raw, certainty),
    groups: [],
    scrapes: [
      {
        path: ["scrape", "timeout"],
        interval: scrapeInterval,
        timeout: durationAt(raw, ["scrape", "timeout"]) ?? TIMEOUT,
      },
    ],
    // The loader has read them, and said so.
    durations: [],
    // Alertmanager's part is known once there is a configuration of it.
    budget: { scrapeInterval, evaluationInterval, groupWait: 0, maxTimeToRollback },
    panels: certainPanels(raw, certainty, alerts),
    didYouMean,
  };
}

function alertOf(
  { value, path }: RawItem,
  evaluationInterval: Duration,
  records: readonly RecordSubject[],
): AlertSubject {
  const metric = records.find(({ name }) => name === textAt(value, ["metric"]));
  const usual = value.metric === undefined ? 0 : METRIC_FOR;
  const wait = valueAt(value, ["for"]) === undefined ? usual : (durationAt(value, ["for"]) ?? null);
  return {
    name: textAt(value, ["alert"]) ?? `alert ${Number(path.at(-1)) + 1}`,
    path,
    expr: promqlAt(value, ["expr"]) ?? conditionOf(value, metric) ?? UNWRITTEN,
    for: wait,
    labels: textsAt(value, ["labels"]),
    annotations: textsAt(value, ["annotations"]),
    limits: itemsAt(value, ["limits"])
      .map((row) => row.value.limit)
      .filter((limit) => typeof limit === "number"),
    rollback: textAt(value, ["rollback"]) ?? null,
    blind: value.blind === true,
    isFloored: metric?.isCounted === true,
    evaluationInterval,
  };
}

/** What an alert says of a metric, as if somebody had written it: what is wrong with it, the loader has told. */
function conditionOf(value: RawItem["value"], metric: RecordSubject | undefined): Promql | undefined {
  if (metric === undefined) return undefined;
  const { above, below, slo } = value;
  const limit = typeof slo === "number" ? `14.4 * ${100 - slo}` : (above ?? below ?? "$limit");
  const text = `${metric.name} ${below === undefined ? ">" : "<"} ${limit}`;
  return { ...parsePromql(text.replaceAll(LIMIT, STAND_IN)), text, errors: [] };
}

function recordOf({ value, path }: RawItem): RecordSubject {
  const counted = countedOf(value);
  if (counted !== null)
    return {
      name: textAt(value, ["record"]) ?? "",
      path,
      expr: counted,
      mayBeAbsent: value.noData === "ignore",
      isCounted: true,
    };
  return {
    name: textAt(value, ["record"]) ?? "",
    path,
    expr: promqlAt(value, ["expr"]) ?? UNWRITTEN,
    mayBeAbsent: value.noData === "ignore",
  };
}

/**
 * What a metric with counts selects, and what is recorded of it: other expressions may name that too. Null for others;
 * what is no selector has been told by the loader.
 */
function countedOf(value: RawItem["value"]): Promql | null {
  const histogram = textAt(value, ["latency", "histogram"]);
  const written = [textAt(value, ["ratio", "bad"]), textAt(value, ["ratio", "total"]), histogram];
  const read = written.flatMap((text) => (text === undefined ? [] : [readSelector(text)]));
  const selected = read.flatMap((selector) => ("error" in selector ? [] : [selector.metric]));
  if (read.length === 0) return null;
  if (selected.length < read.length) return UNWRITTEN;
  const [metric = ""] = selected;
  const parts = histogram === undefined ? [] : ["_bucket", "_count", "_sum"].map((part) => metric + part);
  const recorded = seriesOf(textAt(value, ["record"]) ?? "");
  return parsePromql([...selected, ...parts, ...recorded].join(" or "));
}

function judgesOf(raw: unknown, certainty: PolicyCertainty): JudgeSubject[] {
  const { policy } = certainty;
  const isWritten = valueAt(raw, ["gates"]) !== undefined;
  if (policy === null || isDoubtful(certainty, isWritten ? "gates" : "alerts")) return [];
  // What its alerts would be judged by is not known before their expressions are mended.
  if (
    !isWritten &&
    policy.alerts.some(({ expr }) => parsePromql(expr.replaceAll(LIMIT, STAND_IN)).errors.length > 0)
  )
    return [];
  return [...policy.gates.values()].map(({ name, criteria }) => ({
    name,
    path: isWritten ? ["gates", name] : ["alerts"],
    judgesMetric: criteria.some(({ source }) => source === "prometheus"),
  }));
}

function variantsOf(raw: unknown): VariantSubject[] {
  return itemsAt(raw, ["metrics"]).flatMap(({ value, path }) => {
    const label = textAt(value, ["by", "label"]);
    return label === undefined ? [] : [{ label, path: [...path, "by", "label"] }];
  });
}

/** As far as values are judged: counts are those since the rollback. */
function verificationOf(raw: unknown, certainty: PolicyCertainty): VerificationSubject | null {
  const { policy } = certainty;
  if (policy === null || isDoubtful(certainty, "verify") || isDoubtful(certainty, "gates")) return null;
  const { gate, giveUpAfter } = policy.verify;
  const judged = (policy.gates.get(gate)?.criteria ?? []).filter(
    (criterion) =>
      criterion.source === "prometheus" &&
      criterion.red !== null &&
      criterion.counted?.judge !== "sequential" &&
      actsAtOnce(criterion),
  );
  const metrics = judged.map(({ metric }) => metric);
  const written = [gate, textAt(raw, ["gates", gate, "extends"]) ?? gate];
  const expressions = written.flatMap((name) =>
    metrics.map((metric) => ["gates", name, "criteria", metric, "expr"]),
  );
  return { giveUpAfter, metrics, expressions };
}

function queriesOf(raw: unknown): QuerySubject[] {
  return keysAt(raw, ["gates"]).flatMap((gate) =>
    keysAt(raw, ["gates", gate, "criteria"]).flatMap((metric) => {
      const path = ["gates", gate, "criteria", metric, "expr"];
      const expr = promqlAt(raw, path);
      return expr === undefined ? [] : [{ path, expr }];
    }),
  );
}

function keysAt(raw: unknown, path: Path): string[] {
  const found = valueAt(raw, path);
  return isRecord(found) ? Object.keys(found) : [];
}

function boundsOf(policy: Policy | null): GateBound[] {
  if (policy === null) return [];
  return [...policy.gates.values()].flatMap(({ criteria }) =>
    criteria.map(({ metric, green }) => ({ metric, value: green.value })),
  );
}

/** In the place of an expression that is missing, of which the loader has told. */
export const UNWRITTEN: Promql = { text: "", node: null, errors: [] };

function promqlAt(value: unknown, path: Path): Promql | undefined {
  const text = valueAt(value, path);
  if (typeof text !== "string" || text.trim() === "") return undefined;
  return { ...parsePromql(text.replaceAll(LIMIT, STAND_IN)), text };
}
