import { countsDue } from "../domain/counts-due.ts";
import { gateOf } from "../domain/enter-stage.ts";
import type { Evidence } from "../domain/evidence.ts";
import type { GateCriterion } from "../domain/gate.ts";
import { isSequential } from "../domain/gate-counts.ts";
import type { Policy } from "../domain/policy.ts";
import { isActive } from "../domain/rollout.ts";
import type { ApplicationState } from "../domain/state.ts";
import type { Duration } from "../domain/time.ts";
import { Deadline } from "./deadline.ts";
import type { CountReader } from "./gather-counts/count-reader.ts";
import { alertsOf, matcherFor } from "./gather-evidence/alerts-of.ts";
import { askOnce } from "./gather-evidence/ask-seeing.ts";
import { countStage } from "./gather-evidence/count-stage.ts";
import { type FailingRulesReader, failingRules, NONE_FAILING } from "./gather-evidence/failing-rules.ts";
import { lostWatchdog } from "./gather-evidence/lost-watchdog.ts";
import { measure, type Seen } from "./gather-evidence/measure.ts";
import type { RecordedReader } from "./gather-evidence/recorded-reader.ts";
import { NO_ALERTMANAGER, why } from "./gather-evidence/unavailable.ts";
import { whyDeaf, whyUnseen } from "./gather-evidence/why-unseen.ts";
import type { AlertSource, Clock, MetricsSource } from "./ports.ts";

export interface GatherEvidence {
  /** Null: not configured. */
  readonly metrics: MetricsSource | null;
  readonly alerts: AlertSource | null;
  /** Raw counters; null or absent: nothing is counted. */
  readonly counts?: CountReader | null;
  /** What rules record, and which of them fail, for all who look; null or absent: each asks for its own. */
  readonly recorded?: RecordedReader | null;
  readonly rules?: FailingRulesReader | null;
  readonly clock: Clock;
  /** What has not answered by then counts as not answering. */
  readonly within?: Duration;
}

/** Evidence of more than 10 s is no evidence any more (`decideCheck`), and it must say so before if nothing answers. */
const WITHIN: Duration = 8_000;

/**
 * Looks at the active rollout's current stage, from outside: what its gate measures, and what keeps us from seeing.
 * A source that fails is blindness, not an error.
 * @throws Error when no rollout is active
 */
export async function gatherEvidence(
  { metrics, alerts, counts = null, recorded = null, rules = null, clock, within = WITHIN }: GatherEvidence,
  policy: Policy,
  state: ApplicationState,
): Promise<Evidence> {
  const { rollout, watchdog } = state;
  if (!isActive(rollout)) throw new Error("there is no active rollout to gather evidence for");
  const takenAt = clock.now(policy.application.name);
  const criteria = gateOf(rollout, policy)?.criteria ?? [];
  const asked = criteria.filter(isMeasured);
  const deadline = new Deadline(within);
  const measuring = async () =>
    measure(metrics, asked, policy, deadline, askOnce, await recorded?.read(asked, policy, deadline));
  const failingOnes = () =>
    metrics === null
      ? NONE_FAILING
      : (rules?.read(policy, deadline) ?? failingRules(metrics, policy, deadline));
  try {
    const [measured, tallied, counted, failing] = await Promise.all([
      measuring(),
      countStage(
        { reader: counts, metrics, criteria, due: countsDue(rollout, state.bake, policy, takenAt) },
        policy,
        deadline,
        takenAt,
      ),
      countAlerts(alerts, criteria, policy, deadline),
      failingOnes(),
    ]);
    return {
      rollout: rollout.id,
      stage: rollout.stage,
      takenAt,
      values: new Map([...measured.values, ...counted.values]),
      ...tallied.seen,
      blindness: [
        ...measured.blindness,
        ...tallied.blindness,
        ...whyUnseen(measured, policy, failing),
        ...whyDeaf(policy, failing),
        ...counted.blindness,
        ...lostWatchdog(watchdog ?? rollout.startedAt, policy.rollout.watchdogTimeout, takenAt),
      ],
    };
  } finally {
    deadline.clear();
  }
}

/** The criteria that Alertmanager answers for, and its word on whether we can see at all. */
async function countAlerts(
  source: AlertSource | null,
  criteria: readonly GateCriterion[],
  policy: Policy,
  deadline: Deadline,
): Promise<Seen> {
  const counted = criteria.filter((criterion) => criterion.source === "alertmanager");
  const isAsked = counted.length > 0 || policy.alerts.some(({ blind }) => blind);
  if (!isAsked) return { values: new Map(), blindness: [] };
  const nothing = new Map(counted.map(({ metric }) => [metric, []]));
  if (source === null) return { values: nothing, blindness: [NO_ALERTMANAGER] };
  try {
    const all = await deadline.run("Alertmanager", () => source.alerts(matcherFor(policy)));
    const { critical, blind } = alertsOf(policy, all);
    const values = new Map(counted.map(({ metric }) => [metric, [critical]]));
    const firing = blind.map(
      ({ name, summary }) => `${name} is firing${summary === "" ? "" : `: ${summary}`}`,
    );
    return { values, blindness: [...new Set(firing)] };
  } catch (error) {
    return { values: nothing, blindness: [why(error)] };
  }
}

/** What is judged by counts needs no value: where nobody asks for anything, a ratio has none. */
function isMeasured(criterion: GateCriterion): boolean {
  return criterion.source === "prometheus" && !isSequential(criterion);
}
