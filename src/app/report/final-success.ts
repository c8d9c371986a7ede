import { formatBound, meets, worstValue } from "../../domain/judge.ts";
import { formatDuration } from "../../domain/time.ts";
import type { Material } from "./material.ts";
import type { ProgressReport } from "./report.ts";
import { rollbacksIn } from "./rollbacks-in.ts";
import { trafficPoints, trafficSince } from "./traffic.ts";

/**
 * Whether all traffic has been stable for as long as the policy asks for: from the time on that it was there without a
 * break, every point of the metrics within the bounds of the gate of final success, and no rollback.
 */
export function finalSuccessOf(material: Material): ProgressReport["finalSuccess"] {
  const { policy, state, ledger, span, trafficNow, now, sinceFull } = material;
  const { traffic, stableFor, gate: name } = policy.rollout.finalSuccess;
  const since = trafficSince(trafficPoints(ledger.events, { from: span.from, to: now }, trafficNow), traffic);
  if (since === null) return { met: false, detail: `traffic is not at ${traffic} %` };
  const lasted = Math.min(now - since, stableFor);
  const soFar = `${formatDuration(lasted - (lasted % 60_000))} of ${formatDuration(stableFor)} at ${traffic} %`;
  const criteria = policy.gates.get(name)?.criteria ?? [];
  const unknown: string[] = [];
  const broken: string[] = [];
  for (const criterion of criteria) {
    const points = sinceFull?.get(criterion.metric)?.points ?? [];
    const known = points.flatMap(({ value }) => (value === null ? [] : [value]));
    const worst = worstValue(criterion, known);
    if (worst === undefined || known.length < points.length)
      unknown.push(`${criterion.metric} is not known for all of it`);
    if (worst !== undefined && !meets(worst, criterion.green))
      broken.push(
        `${criterion.metric} was ${Number(worst.toPrecision(4))} (it must be ${formatBound(criterion.green)})`,
      );
  }
  // It may have left all traffic where it was, or may be settled by now: it was not stable.
  for (const { id, trigger } of rollbacksIn(ledger.events, state, { from: since, to: since + stableFor }))
    broken.push(`rollback ${id} by ${trigger} was in it`);
  if (broken.length > 0) return { met: false, detail: `${soFar}; ${broken.join("; ")}` };
  if (unknown.length > 0) return { met: null, detail: `${soFar}; ${unknown.join("; ")}` };
  if (lasted < stableFor) return { met: null, detail: `not yet: ${soFar}, and good so far` };
  const each = criteria.map(({ metric, green }) => `${metric} ${formatBound(green)}`).join(", ");
  return { met: true, detail: `${soFar}: ${each}` };
}
