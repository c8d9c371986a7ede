import type { GateCriterion } from "../../domain/gate.ts";
import { judgeValue } from "../../domain/judge.ts";
import type { Policy } from "../../domain/policy.ts";
import { judgesWhetherUp } from "../../domain/scrape-sight.ts";
import type { Deadline } from "../deadline.ts";
import { inParallel } from "../in-parallel.ts";
import type { MetricAnswer, MetricsSource } from "../ports.ts";
import { aboutWhom, whyUnread } from "../why-unread.ts";
import { askOnce, askSeeing } from "./ask-seeing.ts";
import { expressionOf } from "./expression-of.ts";
import { NOTHING_OLD, oldIn } from "./old-values.ts";
import { NO_PROMETHEUS, why } from "./unavailable.ts";
import type { Unseen } from "./why-unseen.ts";

export interface Seen {
  readonly values: ReadonlyMap<string, readonly number[]>;
  readonly blindness: readonly string[];
}

export interface SeenByPrometheus extends Seen, Unseen {
  /** They are NaN throughout: shares of nothing. */
  readonly idle: readonly string[];
}

/** Queries of one look that are under way at the same time. */
const AT_ONCE = 8;

interface Measured {
  readonly metric: string;
  /** Metrics that it is made of whose samples are old: it has no values then. */
  readonly old: readonly string[];
  readonly values: readonly number[];
  readonly nan: number;
  readonly warnings: readonly string[];
  /** Why its values tell of no fault, and are left out; null where they may. */
  readonly unread: string | null;
  /** Why there is no answer; null when there is one. */
  readonly failure: string | null;
}

/**
 * Asks Prometheus for every criterion of a gate that it answers for. What rests on old samples has no values.
 * @param ask how: once, or until one of several Prometheus sees it
 * @param known what has been answered already, by metric
 */
export async function measure(
  source: MetricsSource | null,
  criteria: readonly GateCriterion[],
  policy: Policy,
  deadline: Deadline,
  ask: typeof askSeeing = askOnce,
  known: ReadonlyMap<string, MetricAnswer> = new Map(),
): Promise<SeenByPrometheus> {
  if (criteria.length === 0) return { values: new Map(), blindness: [], old: [], missing: [], idle: [] };
  if (source === null) {
    const values = new Map(criteria.map(({ metric }) => [metric, []]));
    return { values, blindness: [NO_PROMETHEUS], old: [], missing: [], idle: [] };
  }
  const ageOf = (some: readonly GateCriterion[]) =>
    oldIn(
      source,
      some.map((criterion) => expressionOf(criterion, policy)),
      policy,
      deadline,
    );
  // What the policy records is asked for its age in the same question.
  const age = ageOf(criteria.filter(({ expr }) => expr !== null)).then(
    (old) => ({ old, failure: [] }),
    (error) => ({ old: NOTHING_OLD, failure: [why(error)] }),
  );
  const all = await inParallel(criteria, AT_ONCE, async (criterion): Promise<Measured> => {
    const { metric } = criterion;
    try {
      const expr = expressionOf(criterion, policy);
      const isWell = ({ values }: MetricAnswer): boolean => isGreen(criterion, values);
      const ofUp = judgesWhetherUp(policy, criterion);
      const found = known.get(metric);
      // Of several Prometheus behind one address one may have lost the target: where another one sees it, it is up.
      const again = () => (ofUp ? askSeeing(source, expr, deadline, isWell) : ask(source, expr, deadline));
      const isEnough = found !== undefined && (!ofUp || isWell(found));
      const answer = finite(isEnough ? found : await again());
      const old = (await age).old.readBy(expr);
      const isUnread = ofUp && !isGreen(criterion, answer.values);
      const unread = isUnread ? await unreadBehind(source, criterion, policy, deadline) : null;
      const isUseless = old.length > 0 || unread !== null;
      return { metric, old, ...answer, ...(isUseless ? NO_VALUES : {}), unread, failure: null };
    } catch (error) {
      return { metric, old: [], ...NO_VALUES, warnings: [], unread: null, failure: why(error) };
    }
  });
  const missing = all
    .filter(
      ({ values, nan, unread, failure }) => values.length + nan === 0 && unread === null && failure === null,
    )
    .map(({ metric }) => metric);
  const unseen = criteria.filter(({ metric, expr }) => expr === null && missing.includes(metric));
  // For the words alone: it is no data either way.
  const past = await ageOf(unseen).catch(() => NOTHING_OLD);
  return {
    values: new Map(all.map(({ metric, values }) => [metric, values])),
    blindness: [
      ...new Set([
        ...failuresOf(all),
        ...(await age).failure,
        ...unreadIn(all),
        ...halfSeen(all),
        ...doubtsOf(all),
      ]),
    ],
    old: [
      ...all.flatMap(({ old }) => old),
      ...unseen.flatMap((criterion) => past.readBy(expressionOf(criterion, policy))),
    ],
    missing,
    idle: all.flatMap(({ metric, values, nan }) => (values.length === 0 && nan > 0 ? [metric] : [])),
  };
}

const NO_VALUES = { values: [], nan: 0 } as const;

function isGreen(criterion: GateCriterion, values: readonly number[]): boolean {
  return values.length > 0 && values.every((value) => judgeValue(criterion, value) === "green");
}

/** That `up` is 0 is no fault where the target answers and cannot be read. */
async function unreadBehind(
  source: MetricsSource,
  criterion: GateCriterion,
  policy: Policy,
  deadline: Deadline,
): Promise<string | null> {
  try {
    const about = aboutWhom(criterion.expr ?? "");
    const [unread = null] = await whyUnread(source, policy, [about], deadline);
    return unread;
  } catch {
    // Nothing tells otherwise: it stands.
    return null;
  }
}

function unreadIn(all: readonly Measured[]): string[] {
  return all.flatMap(({ metric, unread }) =>
    unread === null ? [] : [`${metric} tells of no fault: ${unread}`],
  );
}

/** A ratio of some to none is infinite: no more a value than that of none to none. */
function finite(answer: MetricAnswer): MetricAnswer & { readonly nan: number } {
  const values = answer.values.filter(Number.isFinite);
  return { ...answer, values, nan: (answer.nan ?? 0) + answer.values.length - values.length };
}

/** What all of them fail of is said once; what only some do, with their names. */
function failuresOf(all: readonly Measured[]): string[] {
  const metricsOf = new Map<string, string[]>();
  for (const { metric, failure } of all) {
    if (failure !== null) metricsOf.set(failure, [...(metricsOf.get(failure) ?? []), metric]);
  }
  return [...metricsOf].map(([failure, metrics]) =>
    metrics.length === all.length ? failure : `${metrics.join(", ")}: ${failure}`,
  );
}

/** A series without data, an instance without requests, must not hide behind another one that has some. */
function halfSeen(all: readonly Measured[]): string[] {
  return all.flatMap(({ metric, values, nan }) =>
    nan > 0 && values.length > 0 ? [`${metric} is no number in ${nan} of ${nan + values.length} series`] : [],
  );
}

/** What Prometheus itself says of its answers, by what was asked. */
export function doubtsOf(all: readonly Pick<Measured, "metric" | "warnings">[]): string[] {
  return all.flatMap(({ metric, warnings }) => {
    const serious = warnings.filter((warning) => !isAnnotation(warning));
    return serious.length === 0
      ? []
      : [`Prometheus' answer for ${metric} may not be whole: ${serious.join("; ")}`];
  });
}

/** From Prometheus 2.48 on: it comments on the expression, and its answer is whole. */
function isAnnotation(warning: string): boolean {
  return warning.startsWith("PromQL");
}
