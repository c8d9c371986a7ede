import type { GateCriterion } from "./gate.ts";
import { actsAtOnce, judgedInWords, judgeValue, worstValue } from "./judge.ts";
import { listed } from "./listed.ts";
import type { Policy } from "./policy.ts";
import type { Duration, Instant } from "./time.ts";
import type { VerificationCheck, VerifyEvidence } from "./verification.ts";

/** What a rollback is judged by: the metrics of the policy's gate that Prometheus knows, one check at a time. */
export function verifyCriteria({ verify, gates }: Policy): readonly GateCriterion[] {
  const criteria = gates.get(verify.gate)?.criteria ?? [];
  // A trigger is asked itself, by its own expression.
  return criteria.filter(
    (criterion) =>
      criterion.source === "prometheus" && criterion.alert === undefined && actsAtOnce(criterion),
  );
}

/** What is known of the rollback that was looked at. */
export interface Judged {
  /** When its tier was applied: what looks further back tells of before. */
  readonly since: Instant;
  /** Nobody is sent to what would be judged: the traffic is at 0 %. */
  readonly isStopped: boolean;
}

const ANY: Judged = { since: Number.NEGATIVE_INFINITY, isStopped: false };

/** Bad outdoes no data: what is known to be wrong is wrong whatever else cannot be seen. */
export function judgeCheck(
  evidence: VerifyEvidence,
  policy: Policy,
  judged: Judged = ANY,
): VerificationCheck {
  return judgeEvidence(evidence, policy, judged).check;
}

export interface Judgement {
  readonly check: VerificationCheck;
  /** What it rests on looks so far back: a verdict on it is waited for longer by that. */
  readonly looksBack: Duration;
}

export function judgeEvidence(evidence: VerifyEvidence, policy: Policy, judged: Judged): Judgement {
  const findings = new Findings(evidence, judged);
  for (const alert of evidence.breached) findings.breached(alert);
  for (const criterion of verifyCriteria(policy)) findings.judge(criterion);
  const check = findings.check(policy);
  return { check, looksBack: findings.looksBack(check) };
}

class Findings {
  readonly #evidence: VerifyEvidence;
  readonly #judged: Judged;
  readonly #bad: string[] = [];
  readonly #badSince: Duration[] = [];
  readonly #missing: string[];
  readonly #early: string[] = [];
  readonly #idle: string[] = [];

  constructor(evidence: VerifyEvidence, judged: Judged) {
    this.#evidence = evidence;
    this.#judged = judged;
    this.#missing = [...evidence.blindness];
  }

  breached(alert: string): void {
    if (!this.#isEarly(alert)) this.#isBad(alert, `${alert} is still true`);
  }

  #isBad(name: string, why: string): void {
    this.#bad.push(why);
    this.#badSince.push(this.#rangeOf(name));
  }

  /** Of what is bad the shortest: that much of it is known. Of all else the longest. */
  looksBack({ verdict }: VerificationCheck): Duration {
    if (verdict === "bad") return Math.min(...this.#badSince);
    return Math.max(0, ...(this.#evidence.looksBack?.values() ?? []));
  }

  #rangeOf(name: string): Duration {
    return this.#evidence.looksBack?.get(name) ?? 0;
  }

  judge(criterion: GateCriterion): void {
    const { metric } = criterion;
    const values = this.#evidence.values.get(metric) ?? [];
    const finite = values.filter(Number.isFinite);
    const value = worstValue(criterion, finite);
    if (value === undefined) this.#withoutValue(metric, values);
    else if (this.#isEarly(metric)) return;
    else if (judgeValue(criterion, value) === "red")
      this.#isBad(metric, judgedInWords(criterion, value, "red"));
    else if (finite.length < values.length) this.#withoutValue(metric, values);
  }

  check(policy: Policy): VerificationCheck {
    const { takenAt: at, answered, idle = [] } = this.#evidence;
    for (const name of idle)
      if (!this.#judged.isStopped)
        this.#missing.push(`${name} is NaN: nobody asks for what it is a share of`);
      else if (!this.#idle.includes(name)) this.#idle.push(name);
    const told = this.#judgeByWhatIsLeft(policy);
    const { length } = verifyCriteria(policy);
    if (length === 0 && answered.length === 0 && this.#idle.length === 0 && this.#early.length === 0)
      this.#missing.push(
        `nothing tells whether it has helped: the gate "${policy.verify.gate}" has no metric, and no trigger was asked`,
      );
    if (this.#bad.length > 0) return { at, verdict: "bad", why: this.#bad };
    if (this.#missing.length > 0) return { at, verdict: "no_data", why: [...new Set(this.#missing)] };
    return this.#early.length > 0
      ? { at, verdict: "not_yet", why: this.#early }
      : { at, verdict: "good", why: told };
  }

  #withoutValue(metric: string, values: readonly number[]): void {
    const isIdle = this.#evidence.idle?.includes(metric) === true;
    if (isIdle) return;
    const [odd] = values.filter((value) => !Number.isFinite(value));
    this.#missing.push(odd === undefined ? `no data for ${metric}` : `${metric} is ${odd}: that is no data`);
  }

  /** What looks back at the time before the rollback is neither good nor bad. */
  #isEarly(name: string): boolean {
    const { sampled, takenAt } = this.#evidence;
    const range = this.#rangeOf(name);
    const missing = this.#judged.since + range - (takenAt - (sampled?.age ?? 0));
    if (missing <= 0) return false;
    const seconds = Math.ceil(missing / 1_000);
    this.#early.push(
      `${name} looks back ${range / 1_000}s: for ${seconds}s more it tells of before the rollback`,
    );
    return true;
  }

  /**
   * A rollback that took away all traffic has nothing left to be measured by: that the old way is well has to be known from
   * something else, at least that its targets answer.
   */
  #judgeByWhatIsLeft({ application: { job } }: Policy): readonly string[] {
    if (this.#idle.length === 0) return [];
    const { up = [] } = this.#evidence;
    const away = `no traffic for ${listed(this.#idle, 5)}, since the rollback took it away`;
    const isDown = up.filter((value) => value !== 1).length;
    if (up.length === 0) this.#missing.push(`${away}, and nothing tells whether ${job} is up`);
    else if (isDown > 0)
      this.#missing.push(`${away}, and ${isDown} of ${up.length} targets of ${job} are down`);
    return [`${away}: judged by what is left, and ${job} is up (${up.length} of ${up.length})`];
  }
}
