import { alertingRule } from "../../domain/generate/alerting-rule.ts";
import { DEFAULT_TARGET } from "../../domain/generate/versions.ts";
import type { Policy } from "../../domain/policy.ts";
import { asksWhetherUp } from "../../domain/scrape-sight.ts";
import type { VerifyEvidence } from "../../domain/verification.ts";
import type { Deadline } from "../deadline.ts";
import { askSeeing } from "../gather-evidence/ask-seeing.ts";
import type { FailingRules } from "../gather-evidence/failing-rules.ts";
import { doubtsOf } from "../gather-evidence/measure.ts";
import { NOTHING_OLD, oldIn } from "../gather-evidence/old-values.ts";
import { why } from "../gather-evidence/unavailable.ts";
import type { Unseen } from "../gather-evidence/why-unseen.ts";
import { inParallel } from "../in-parallel.ts";
import type { MetricAnswer, MetricsSource } from "../ports.ts";
import { aboutWhom, whyUnread } from "../why-unread.ts";

const AT_ONCE = 8;

/** A trigger, and what its generated rule asks. */
export interface Question {
  readonly alert: string;
  readonly expr: string;
}

/** With the limits of the traffic as it is now. Of a name that several rules have, each is asked. */
export function questionsOf(policy: Policy, names: readonly string[]): readonly Question[] {
  // Another application may record the same metrics: what it suffers from says nothing of this one.
  const own = new Set(policy.metrics.map(({ record }) => record));
  const context = { policy, target: DEFAULT_TARGET, sharedMetrics: own };
  return policy.alerts
    .filter(({ alert, trigger }) => trigger !== null && names.includes(alert))
    .map((entry) => ({ alert: entry.alert, expr: alertingRule(entry, context).expr }));
}

export interface Triggers extends Pick<VerifyEvidence, "breached" | "answered" | "blindness">, Unseen {
  /** What they ask about is NaN throughout. */
  readonly idle: readonly string[];
}

interface Asking {
  readonly metrics: MetricsSource;
  readonly questions: readonly Question[];
  readonly policy: Policy;
  readonly deadline: Deadline;
  readonly failing: Promise<FailingRules>;
}

type Answer =
  | { readonly is: "true" | "untrue" | "idle" }
  | { readonly is: "blind"; readonly why: readonly string[] }
  | { readonly is: "old" | "missing"; readonly metrics: readonly string[] };

/**
 * Asks each trigger's own expression. One that reads old samples, or what a rule fails to record, is not answered, whatever
 * comes out; nor one that gives nothing because what it compares is not there: that is no data, and never good.
 */
export async function askTriggers(asking: Asking): Promise<Triggers> {
  const { metrics, questions, policy, deadline } = asking;
  const found = { breached: [], answered: [], blindness: [], old: [], missing: [], idle: [] } as {
    [K in keyof Triggers]: string[];
  };
  const expressions = questions.map(({ expr }) => expr);
  const age = oldIn(metrics, expressions, policy, deadline).catch((error) => {
    found.blindness.push(why(error));
    return NOTHING_OLD;
  });
  await inParallel(questions, AT_ONCE, async (question) => {
    try {
      const answer = await answerTo(question, asking, (await age).readBy(question.expr));
      note(found, question.alert, answer);
    } catch (error) {
      found.blindness.push(why(error));
    }
  });
  await age;
  return found;
}

function note(found: { [K in keyof Triggers]: string[] }, alert: string, answer: Answer): void {
  if (answer.is === "blind") found.blindness.push(...answer.why);
  else if ("metrics" in answer) found[answer.is].push(...answer.metrics);
  else if (answer.is === "idle") found.idle.push(alert);
  else {
    found.answered.push(alert);
    if (answer.is === "true") found.breached.push(alert);
  }
}

async function answerTo(
  { alert, expr }: Question,
  { metrics, policy, deadline, failing }: Asking,
  old: readonly string[],
): Promise<Answer> {
  if (old.length > 0) return { is: "old", metrics: old };
  const { recording } = await failing;
  const lost = metrics.selectorsIn(expr).filter(({ metric }) => recording.has(metric));
  if (lost.length > 0) return { is: "missing", metrics: lost.map(({ metric }) => metric) };
  const ofUp = asksWhetherUp(policy, alert);
  // Of two Prometheus one may have lost the target: where the other one sees it, it is up.
  const answer = await askSeeing(metrics, expr, deadline, ({ values }) => !ofUp || values.length === 0);
  const odd = answer.values.find((value) => !Number.isFinite(value));
  if (answer.values.some(Number.isFinite)) {
    const [unread = null] = ofUp ? await whyUnread(metrics, policy, [aboutWhom(expr)], deadline) : [];
    return unread === null ? { is: "true" } : { is: "blind", why: [`${alert} tells of no fault: ${unread}`] };
  }
  if (odd !== undefined) return { is: "blind", why: [`${alert} gives ${odd}: that is no data`] };
  const doubts = doubtsOf([{ metric: alert, warnings: answer.warnings }]);
  if (doubts.length > 0) return { is: "blind", why: doubts };
  const compared = metrics.uncompared(expr);
  return compared === null
    ? { is: "untrue" }
    : whetherUntrue(alert, await askSeeing(metrics, compared, deadline));
}

/** @param compared the numbers that the trigger compares */
function whetherUntrue(alert: string, { values, nan = 0 }: MetricAnswer): Answer {
  if (values.length + nan === 0)
    return { is: "blind", why: [`no data for ${alert}: what it asks about is not there`] };
  if (values.length === 0) return { is: "idle" };
  const odd = values.filter((value) => !Number.isFinite(value)).length + nan;
  if (odd === 0) return { is: "untrue" };
  return {
    is: "blind",
    why: [`${alert} compares what is no number in ${odd} of ${values.length + nan} series`],
  };
}
