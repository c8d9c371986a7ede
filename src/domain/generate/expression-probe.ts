import { type Duration, parseDuration } from "../time.ts";

/** What is known of an expression well enough to say which series makes it true. */
export type Probe = ThresholdProbe | AbsenceProbe | { readonly kind: "always" };

/** One metric against one number. */
export interface ThresholdProbe {
  readonly kind: "threshold";
  readonly selector: Selector;
  /** How the metric is read: as it is, averaged, or as the growth of a counter. */
  readonly reading: "instant" | "average" | "rate" | "increase";
  /** Of the average or the growth; 0 for an instant. */
  readonly window: Duration;
  /** Whether the result has the labels of the series; an aggregation's has none. */
  readonly keepsLabels: boolean;
  readonly comparison: string;
  readonly threshold: number;
}

/** True when any of these is missing. */
export interface AbsenceProbe {
  readonly kind: "absent";
  readonly parts: readonly AbsentPart[];
}

export interface AbsentPart {
  readonly selector: Selector;
  /** With `absent(up == 1)` a series of another value is as good as none; null when any value will do. */
  readonly value: number | null;
}

export interface Selector {
  readonly metric: string;
  /** Labels with which a series is selected. */
  readonly labels: ReadonlyMap<string, string>;
  /** Labels that it must have exactly: those are the labels of what `absent` returns. */
  readonly exact: ReadonlyMap<string, string>;
}

const SELECTOR = /([A-Za-z_:][A-Za-z0-9_:]*)\s*(?:\{([^{}]*)\})?/.source;
const NUMBER = /-?\d+(?:\.\d+)?/.source;

const THRESHOLD = new RegExp(`^(.*?)\\s*(<=|>=|==|!=|<|>)\\s*(${NUMBER})$`, "s");
const AGGREGATION = /^(?:avg|max|min|sum)\s*\((.*)\)$/s;
const WINDOW = new RegExp(
  `^(?:(rate|increase)|(?:avg|last|max|min)_over_time)\\(\\s*${SELECTOR}\\s*\\[(\\w+)\\]\\s*\\)$`,
);
const ABSENT = new RegExp(
  `^absent(?:_over_time)?\\(\\s*${SELECTOR}\\s*(?:\\[\\w+\\])?\\s*(?:==\\s*(${NUMBER}))?\\s*\\)$`,
);
const ALONE = new RegExp(`^${SELECTOR}$`);
const MATCHER = /^\s*([A-Za-z_][A-Za-z0-9_]*)\s*(=|!=)\s*"([^"\\]*)"\s*$/;

/** Undefined for an expression of another form: nothing is claimed of it. */
export function probeOf(expr: string): Probe | undefined {
  const text = expr.trim();
  if (text === "vector(1)") return { kind: "always" };
  return absenceOf(text) ?? thresholdOf(text);
}

function absenceOf(text: string): AbsenceProbe | undefined {
  const parts: AbsentPart[] = [];
  for (const part of text.split(/\s+or\s+/)) {
    const [, metric, matchers, value] = ABSENT.exec(part) ?? [];
    const selector = selectorOf(metric, matchers);
    if (selector === undefined) return undefined;
    parts.push({ selector, value: value === undefined ? null : Number(value) });
  }
  return { kind: "absent", parts };
}

function thresholdOf(text: string): ThresholdProbe | undefined {
  const [, left = "", comparison = "", number] = THRESHOLD.exec(text) ?? [];
  const aggregated = AGGREGATION.exec(left)?.[1];
  const inner = (aggregated ?? left).trim();
  const [, growth, overMetric, overMatchers, window = ""] = WINDOW.exec(inner) ?? [];
  const [, metric = overMetric, matchers = overMatchers] = ALONE.exec(inner) ?? [];
  const selector = selectorOf(metric, matchers);
  const duration = window === "" ? 0 : parseDuration(window);
  if (selector === undefined || duration === undefined) return undefined;
  return {
    kind: "threshold",
    selector,
    reading: window === "" ? "instant" : ((growth as "rate" | "increase" | undefined) ?? "average"),
    window: duration,
    keepsLabels: aggregated === undefined,
    comparison,
    threshold: Number(number),
  };
}

/** Only matchers for one value, or for all but one: what fits the others is not ours to guess. */
function selectorOf(metric: string | undefined, matchers = ""): Selector | undefined {
  if (metric === undefined) return undefined;
  const labels = new Map<string, string>();
  const exact = new Map<string, string>();
  for (const matcher of matchers.split(",").filter((part) => part.trim() !== "")) {
    const [, name = "", operator, value = ""] = MATCHER.exec(matcher) ?? [];
    if (operator === undefined) return undefined;
    labels.set(name, operator === "=" ? value : `not ${value}`);
    if (operator === "=") exact.set(name, value);
  }
  return { metric, labels, exact };
}
