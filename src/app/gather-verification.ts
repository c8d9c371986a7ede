import type { Policy } from "../domain/policy.ts";
import { triggersOf } from "../domain/rollback.ts";
import type { ApplicationState } from "../domain/state.ts";
import type { Duration } from "../domain/time.ts";
import type { VerifyEvidence } from "../domain/verification.ts";
import { verifyCriteria } from "../domain/verification-check.ts";
import { Deadline } from "./deadline.ts";
import type { CountReader } from "./gather-counts/count-reader.ts";
import { askSeeing } from "./gather-evidence/ask-seeing.ts";
import { expressionOf } from "./gather-evidence/expression-of.ts";
import { failingRules } from "./gather-evidence/failing-rules.ts";
import { measure } from "./gather-evidence/measure.ts";
import { NO_PROMETHEUS, why } from "./gather-evidence/unavailable.ts";
import { whyUnseen } from "./gather-evidence/why-unseen.ts";
import { askTriggers, questionsOf } from "./gather-verification/ask-triggers.ts";
import { countAfter, judgedBy } from "./gather-verification/count-after.ts";
import { looksBack } from "./gather-verification/looks-back.ts";
import { sampledAt } from "./gather-verification/sampled.ts";
import type { Clock, MetricsSource } from "./ports.ts";

export interface GatherVerification {
  /** Null: not configured. */
  readonly metrics: MetricsSource | null;
  /** Absent: nothing is judged by its counts. */
  readonly counts?: CountReader | null;
  readonly clock: Clock;
  /** What has not answered by then counts as not answering. */
  readonly within?: Duration;
}

/** Evidence of more than 10 s is no evidence any more (`decideVerify`). */
const WITHIN: Duration = 8_000;

/**
 * Looks at whether the open rollback has helped: whether its gate's metrics are out of the red, and whether what its
 * triggers ask is still true. A source that fails is blindness, not an error.
 * @throws Error when no rollback is open
 */
export async function gatherVerification(
  { metrics, counts = null, clock, within = WITHIN }: GatherVerification,
  policy: Policy,
  state: ApplicationState,
): Promise<VerifyEvidence> {
  const { rollback } = state;
  if (rollback === null) throw new Error("there is no open rollback to verify");
  const takenAt = clock.now(policy.application.name);
  const none = { rollback: rollback.id, takenAt, breached: [], answered: [] };
  if (metrics === null) {
    const values = new Map(verifyCriteria(policy).map(({ metric }) => [metric, []]));
    return { ...none, values, blindness: [NO_PROMETHEUS] };
  }
  const deadline = new Deadline(within);
  try {
    const [seen, counted] = await Promise.all([
      look(metrics, policy, state, deadline),
      countAfter(counts, policy, { rollback, verification: state.verification, now: takenAt }, deadline),
    ]);
    const blindness = [...new Set([...seen.blindness, ...counted.blindness])];
    return { ...none, ...seen, ...counted, blindness };
  } finally {
    deadline.clear();
  }
}

async function look(
  metrics: MetricsSource,
  policy: Policy,
  state: ApplicationState,
  deadline: Deadline,
): Promise<Omit<VerifyEvidence, "rollback" | "takenAt">> {
  const criteria = verifyCriteria(policy);
  const questions = questionsOf(policy, namesOf(state));
  const asked = [
    ...criteria.map((criterion) => ({ name: criterion.metric, expr: expressionOf(criterion, policy) })),
    ...questions.map(({ alert, expr }) => ({ name: alert, expr })),
  ];
  const failing = failingRules(metrics, policy, deadline);
  const blindness: string[] = [];
  const sampling = sampledAt(
    metrics,
    asked.map(({ expr }) => expr),
    deadline,
  ).catch((error) => void blindness.push(why(error)));
  const [measured, triggers] = await Promise.all([
    measure(metrics, criteria, policy, deadline, askSeeing),
    askTriggers({ metrics, questions, policy, deadline, failing }),
  ]);
  const sampled = await sampling;
  const failed = (await failing).recording;
  const unseen = {
    old: [...measured.old, ...triggers.old],
    missing: [
      ...measured.missing,
      ...triggers.missing,
      ...criteria.map(({ metric }) => metric).filter((metric) => failed.has(metric)),
    ],
  };
  const idle = [...measured.idle, ...triggers.idle];
  const up = idle.length === 0 ? undefined : await whetherUp(metrics, policy, deadline, blindness);
  return {
    // What a rule fails to record says nothing, however young its last value is.
    values: new Map(
      [...measured.values].map(([metric, values]) => [metric, failed.has(metric) ? [] : values]),
    ),
    breached: triggers.breached,
    answered: triggers.answered,
    blindness: [
      ...new Set([
        ...goneOf(state, policy),
        ...measured.blindness,
        ...triggers.blindness,
        ...whyUnseen(unseen, policy, await failing),
        ...blindness,
      ]),
    ],
    looksBack: new Map(asked.map(({ name, expr }) => [name, looksBack(metrics, expr, policy)])),
    ...(sampled === undefined ? {} : { sampled }),
    judgedBy: new Map(
      questions.flatMap(({ alert, expr }) => {
        const metric = judgedBy(metrics, expr, criteria);
        return metric === null ? [] : [[alert, metric] as const];
      }),
    ),
    idle,
    ...(up === undefined ? {} : { up }),
  };
}

/** What fires and is not in the policy any more: nothing tells whether it is still true. */
function goneOf({ alerts }: ApplicationState, { triggers }: Policy): string[] {
  const gone = new Set([...alerts.values()].map(({ name }) => name).filter((name) => !triggers.has(name)));
  return [...gone].map((name) => `${name} fires, and the policy does not have it any more`);
}

/** All that began or joined the rollback, whether or not Alertmanager says that they have resolved. */
function namesOf({ rollback, alerts }: ApplicationState): readonly string[] {
  const firing = [...alerts.values()].map(({ name }) => name);
  return [...new Set([...(rollback === null ? [] : triggersOf(rollback)), ...firing])];
}

/** Of two Prometheus one may have lost a target: the one that sees it wins. */
async function whetherUp(
  metrics: MetricsSource,
  { application: { job } }: Policy,
  deadline: Deadline,
  blindness: string[],
): Promise<readonly number[] | undefined> {
  const isUp = (values: readonly number[]): boolean =>
    values.length > 0 && values.every((value) => value === 1);
  try {
    const answer = await askSeeing(metrics, `up{job="${job}"}`, deadline, ({ values }) => isUp(values));
    return answer.values;
  } catch (error) {
    blindness.push(why(error));
    return undefined;
  }
}
