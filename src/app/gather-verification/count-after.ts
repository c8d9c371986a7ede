import type { GateCriterion } from "../../domain/gate.ts";
import { KNOWN_TRAFFIC } from "../../domain/generate/stage-limits.ts";
import type { Policy } from "../../domain/policy.ts";
import type { Rollback } from "../../domain/rollback.ts";
import type { Instant } from "../../domain/time.ts";
import type { Verification, VerifyEvidence } from "../../domain/verification.ts";
import { verifyCriteria } from "../../domain/verification-check.ts";
import { countedFrom, redShareOf } from "../../domain/verification-counts.ts";
import type { Deadline } from "../deadline.ts";
import type { CountReader } from "../gather-counts/count-reader.ts";
import { gatherCounts } from "../gather-counts.ts";
import { why } from "../gather-evidence/unavailable.ts";
import type { MetricsSource } from "../ports.ts";

interface Counting {
  readonly rollback: Rollback;
  readonly verification: Verification | null;
  readonly now: Instant;
}

/** What was counted of the metrics that are judged by their counts, since the last look; at the first one, the incident too. */
export async function countAfter(
  reader: CountReader | null,
  policy: Policy,
  { rollback, verification, now }: Counting,
  deadline: Deadline,
): Promise<Pick<VerifyEvidence, "counts" | "blindness">> {
  const criteria = verifyCriteria(policy).filter((criterion) => redShareOf(criterion) !== null);
  if (reader === null || criteria.length === 0) return { blindness: [] };
  const known = verification?.counted ?? [];
  const from = (metric: string): Instant => countedFrom(known, metric, rollback);
  const { scrape } = policy;
  try {
    const asked = { criteria, from, now, scrape };
    const { counts, trouble } = await deadline.run("Prometheus", () => gatherCounts(reader, asked));
    const blind = trouble.filter((each) => each.blind);
    return { counts, blindness: blind.map((each) => `${each.metric}: ${each.why}`) };
  } catch (error) {
    return { blindness: [why(error)] };
  }
}

/** The criterion's metric that an expression is about and nothing else: its value, or the counts that are recorded of it. */
export function judgedBy(
  source: MetricsSource,
  expr: string,
  criteria: readonly GateCriterion[],
): string | null {
  const names = source
    .selectorsIn(expr)
    .map(({ metric }) => metric)
    .filter((metric) => metric !== KNOWN_TRAFFIC);
  const found = criteria.find(({ metric }) =>
    names.every((name) => name === metric || name.startsWith(`${metric}:`)),
  );
  return names.length === 0 || found === undefined ? null : found.metric;
}
