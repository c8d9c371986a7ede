import { alertingRule } from "../domain/generate/alerting-rule.ts";
import { DEFAULT_TARGET } from "../domain/generate/versions.ts";
import type { Policy } from "../domain/policy.ts";
import type { ApplicationState } from "../domain/state.ts";
import type { Duration } from "../domain/time.ts";
import { type VerifyEvidence, verifyCriteria } from "../domain/verification.ts";
import { Deadline } from "./deadline.ts";
import { type FailingRules, failingRules, NONE_FAILING } from "./gather-evidence/failing-rules.ts";
import { doubtsOf, measure } from "./gather-evidence/measure.ts";
import { NOTHING_OLD, oldIn } from "./gather-evidence/old-values.ts";
import { NO_PROMETHEUS, why } from "./gather-evidence/unavailable.ts";
import { type Unseen, whyUnseen } from "./gather-evidence/why-unseen.ts";
import { inParallel } from "./in-parallel.ts";
import type { Clock, MetricsSource } from "./ports.ts";

export interface GatherVerification {
  /** Null: not configured. */
  readonly metrics: MetricsSource | null;
  readonly clock: Clock;
  /** What has not answered by then counts as not answering. */
  readonly within?: Duration;
}

/** Evidence of more than 10 s is no evidence any more (`decideVerify`). */
const WITHIN: Duration = 8_000;
/** Triggers whose expressions are asked: whoever waits for more of them waits for the first ones anyway. */
const MAX_TRIGGERS = 16;
const AT_ONCE = 8;

/**
 * Looks at whether the open rollback has helped: whether its gate's metrics are out of the red, and whether what its
 * triggers ask is still true. A source that fails is blindness, not an error.
 * @throws Error when no rollback is open
 */
export async function gatherVerification(
  { metrics, clock, within = WITHIN }: GatherVerification,
  policy: Policy,
  state: ApplicationState,
): Promise<VerifyEvidence> {
  const { rollback } = state;
  if (rollback === null) throw new Error("there is no open rollback to verify");
  const takenAt = clock.now(policy.application.name);
  const deadline = new Deadline(within);
  try {
    const failing =
      metrics === null ? Promise.resolve(NONE_FAILING) : failingRules(metrics, policy, deadline);
    const [measured, triggers] = await Promise.all([
      measure(metrics, verifyCriteria(policy), policy, deadline),
      breachedOf({ metrics, names: triggersOf(state), policy, deadline, failing }),
    ]);
    const unasked = metrics === null ? [NO_PROMETHEUS] : goneOf(state, policy);
    const unseen = {
      old: [...measured.old, ...triggers.old],
      missing: [...measured.missing, ...triggers.missing],
    };
    const old = whyUnseen(unseen, policy, await failing);
    const blindness = [...new Set([...unasked, ...measured.blindness, ...triggers.blindness, ...old])];
    return {
      rollback: rollback.id,
      takenAt,
      values: measured.values,
      breached: triggers.breached,
      answered: triggers.answered,
      blindness,
    };
  } finally {
    deadline.clear();
  }
}

/** What fires and is not in the policy any more: nothing tells whether it is still true. */
function goneOf({ alerts }: ApplicationState, { triggers }: Policy): string[] {
  const gone = new Set([...alerts.values()].map(({ name }) => name).filter((name) => !triggers.has(name)));
  return [...gone].map((name) => `${name} fires, and the policy does not have it any more`);
}

function triggersOf({ rollback, alerts }: ApplicationState): string[] {
  const names = new Set([...alerts.values()].map(({ name }) => name));
  if (rollback !== null) names.add(rollback.trigger);
  return [...names].slice(0, MAX_TRIGGERS);
}

interface Triggers extends Pick<VerifyEvidence, "breached" | "answered" | "blindness">, Unseen {}

interface Asking {
  readonly metrics: MetricsSource | null;
  readonly names: readonly string[];
  readonly policy: Policy;
  readonly deadline: Deadline;
  readonly failing: Promise<FailingRules>;
}

/**
 * What the generated rules ask: their expression, with the limits of the traffic as it is now. One that reads old samples
 * is not answered, whatever comes out; nor one that gives nothing and reads what a rule fails to record.
 */
async function breachedOf({ metrics, names, policy, deadline, failing }: Asking): Promise<Triggers> {
  // That is said above.
  if (metrics === null) return { breached: [], answered: [], blindness: [], old: [], missing: [] };
  // Another application may record the same metrics: what it suffers from says nothing of this one.
  const own = new Set(policy.metrics.map(({ record }) => record));
  const context = { policy, target: DEFAULT_TARGET, sharedMetrics: own };
  const rules = policy.alerts
    .filter(({ alert, trigger }) => trigger !== null && names.includes(alert))
    .map((entry) => alertingRule(entry, context));
  const expressions = rules.map(({ expr }) => expr);
  const breached: string[] = [];
  const answered: string[] = [];
  const blindness: string[] = [];
  const old: string[] = [];
  const missing: string[] = [];
  const age = oldIn(metrics, expressions, policy, deadline).catch((error) => {
    blindness.push(why(error));
    return NOTHING_OLD;
  });
  await inParallel(rules, AT_ONCE, async ({ alert, expr }) => {
    try {
      const { values, warnings } = await deadline.run("Prometheus", () => metrics.query(expr));
      const oldOnes = (await age).readBy(expr);
      old.push(...oldOnes);
      if (oldOnes.length > 0) return;
      const { recording } = await failing;
      const lost = metrics.selectorsIn(expr).filter(({ metric }) => recording.has(metric));
      if (values.length === 0 && lost.length > 0) {
        missing.push(...lost.map(({ metric }) => metric));
        return;
      }
      answered.push(alert);
      if (values.length > 0) breached.push(alert);
      else blindness.push(...doubtsOf([{ metric: alert, warnings }]));
    } catch (error) {
      blindness.push(why(error));
    }
  });
  await age;
  return { breached, answered, blindness, old, missing };
}
