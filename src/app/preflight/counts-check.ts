import type { GateCriterion } from "../../domain/gate.ts";
import type { Policy } from "../../domain/policy.ts";
import type { Duration, Instant } from "../../domain/time.ts";
import type { Deadline } from "../deadline.ts";
import { closedAt, cutFor } from "../gather-counts/closing.ts";
import { countCriterion } from "../gather-counts/count-criterion.ts";
import type { CountReader } from "../gather-counts/count-reader.ts";
import { type CountedCriterion, isCounted, selectorsFor } from "../gather-counts/counted-by.ts";
import type { Trouble } from "../gather-counts/trouble.ts";
import { listed, type PreflightCheck, pass, warn } from "./preflight-check.ts";

/** So much of what was counted lately is looked at: a gauge goes down several times in it. */
const LOOKED_AT: Duration = 300_000;

/**
 * Whether what the policy says of counters is so in Prometheus: what is read there are counters, a part is no larger than
 * all of it, a bound is a bucket's, and both variants occur. It only warns: whether a rollout could not be judged now,
 * its first gate says.
 * @param traffic percent of users on the new system: where there are none, the treatment has no requests yet
 */
export async function checkCounts(
  policy: Policy,
  reader: CountReader,
  { now, traffic }: { readonly now: Instant; readonly traffic: number },
  deadline: Deadline,
): Promise<PreflightCheck> {
  const criteria = countedIn(policy);
  const cut = cutFor(policy.scrape);
  const to = closedAt(now, cut);
  const span = { from: to - LOOKED_AT, to, goesOn: false, longestStep: cut.longestStep };
  const found = await deadline.run("Prometheus", () =>
    Promise.all(
      criteria.map(async (criterion) => {
        const { trouble } = await countCriterion(reader, { criterion, span, cut, isPast: true });
        const told = trouble.filter((each) => !isAwaited(each, trouble, criterion, traffic));
        return told.map((each) => ({ ...each, why: `${criterion.metric}: ${each.why}` }));
      }),
    ),
  );
  const trouble = [...new Map(found.flat().map((each) => [each.why, each])).values()];
  if (trouble.length === 0) return pass("prometheus", "what is counted can be counted");
  return warn("prometheus", listed(trouble.map(({ why }) => why)), listed(adviceOf(trouble)));
}

/** Whether it is only the treatment that is missing, before anybody has it. */
function isAwaited(
  { variant }: Trouble,
  all: readonly Trouble[],
  { counted: { compare } }: CountedCriterion,
  traffic: number,
): boolean {
  if (compare === null || variant !== compare.by.treatment || traffic > 0) return false;
  return !all.some((other) => other.variant === compare.by.control);
}

function adviceOf(trouble: readonly Trouble[]): string[] {
  const advice = trouble.map((each) => each.advice ?? "see that Prometheus is up and answers whole");
  return [...new Set(advice)];
}

/** What gates judge by counts, and the bounds of alerts on such metrics; what is read alike once. */
function countedIn(policy: Policy): CountedCriterion[] {
  const criteria = [...policy.gates.values()].flatMap(({ criteria }) => criteria);
  const all = [...criteria, ...criteriaOfAlerts(policy)].filter(isCounted);
  const keyed = all.map((each): [string, CountedCriterion] => {
    const { compare } = each.counted;
    return [JSON.stringify([each.metric, selectorsFor(each), compare?.by]), each];
  });
  return [...new Map(keyed).values()];
}

/** As if a gate had their limits: an alert whose bound is no bucket's never fires. */
function criteriaOfAlerts({ alerts, metrics }: Policy): GateCriterion[] {
  return alerts.flatMap(({ condition, limits }) => {
    const metric = metrics.find(({ record }) => record === condition?.metric);
    if (condition === undefined || metric?.counts === undefined) return [];
    const { record, counts } = metric;
    const bounds = "slo" in condition ? [0] : [condition.limit, ...limits.map(({ limit }) => limit)];
    return bounds.map((value) => ({
      metric: record,
      expr: null,
      source: "prometheus",
      green: { comparison: "<=", value },
      red: { comparison: ">", value },
      sustained: "whole-bake",
      counted: { counts, judge: "sequential", minimum: 0, yellow: "as-before", compare: null },
    }));
  });
}
