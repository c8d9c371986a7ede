import type { GateCriterion } from "./gate.ts";
import { actsAtOnce, judgedInWords, judgeValue, worstValue } from "./judge.ts";
import { listed } from "./listed.ts";
import type { Policy } from "./policy.ts";
import type { Unproven } from "./rollback.ts";
import type { Duration, Instant } from "./time.ts";
import type { VerificationCheck, VerifyEvidence } from "./verification.ts";
import { type CountedMetric, judgeCounted, redShareOf } from "./verification-counts.ts";

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
  /** What was counted since then. */
  readonly counted: readonly CountedMetric[];
}

const ANY: Judged = { since: Number.NEGATIVE_INFINITY, isStopped: false, counted: [] };

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
  /** Values, or triggers that go by values, are bad. */
  readonly isWrong: boolean;
  /** Counts prove that it has not helped, and none that it is much better. */
  readonly hasNotHelped: boolean;
  /** All that is judged by its values is good. */
  readonly isSteady: boolean;
  /** Counts prove neither yet; null where all of them do, or there are none. */
  readonly unproven: { readonly is: Unproven; readonly wait: Duration } | null;
}

export function judgeEvidence(evidence: VerifyEvidence, policy: Policy, judged: Judged): Judgement {
  const findings = new Findings(evidence, judged);
  for (const alert of evidence.breached) findings.breached(alert);
  for (const criterion of verifyCriteria(policy)) findings.judge(criterion);
  return findings.judgement(policy);
}

class Findings {
  readonly #evidence: VerifyEvidence;
  readonly #judged: Judged;
  readonly #bad: string[] = [];
  readonly #badSince: Duration[] = [];
  readonly #missing: string[];
  readonly #early: string[] = [];
  readonly #idle: string[] = [];
  readonly #notHelped: string[] = [];
  /** Triggers that ask about what is judged by its counts: not well as long as they are true. */
  readonly #held: string[] = [];
  readonly #pending: string[] = [];
  readonly #proven: string[] = [];
  #unproven: Judgement["unproven"] = null;

  constructor(evidence: VerifyEvidence, judged: Judged) {
    this.#evidence = evidence;
    this.#judged = judged;
    this.#missing = [...evidence.blindness];
  }

  breached(alert: string): void {
    const why = `${alert} is still true`;
    if (this.#isCounted(alert)) this.#held.push(why);
    else if (!this.#isEarly(alert)) this.#isBad(alert, why);
  }

  #isBad(name: string, why: string): void {
    this.#bad.push(why);
    this.#badSince.push(this.#rangeOf(name));
  }

  judgement(policy: Policy): Judgement {
    const check = this.#check(policy);
    const isWrong = this.#bad.length > 0;
    const longest = Math.max(0, ...(this.#evidence.looksBack?.values() ?? []));
    if (this.#held.length > 0) this.#isUndecided("too_few", 0);
    return {
      check,
      // Of what is bad the shortest: that much of it is known.
      looksBack: isWrong ? Math.min(...this.#badSince) : longest,
      isWrong,
      hasNotHelped: this.#notHelped.length > 0 && this.#unproven?.is !== "improved",
      isSteady: !isWrong && this.#missing.length + this.#early.length + this.#held.length === 0,
      unproven: this.#unproven,
    };
  }

  #isUndecided(is: Unproven, wait: Duration): void {
    const before = this.#unproven;
    this.#unproven = {
      is: before?.is === "improved" ? "improved" : is,
      wait: Math.max(before?.wait ?? 0, wait),
    };
  }

  #rangeOf(name: string): Duration {
    return this.#evidence.looksBack?.get(name) ?? 0;
  }

  judge(criterion: GateCriterion): void {
    const counted = this.#judged.counted.find((one) => one.metric === criterion.metric && one.own !== null);
    const red = counted === undefined ? null : redShareOf(criterion);
    if (counted !== undefined && red !== null) this.#judgeCounts(counted, red);
    else this.#judgeValues(criterion);
  }

  #judgeCounts(counted: CountedMetric, red: number): void {
    const { is, why, wait, unproven } = judgeCounted(counted, red, this.#evidence.takenAt);
    if (is === "verified") this.#proven.push(why);
    else if (is === "not_helped") this.#notHelped.push(why);
    else if (is === "no_traffic" && this.#judged.isStopped) this.#isIdle(counted.metric);
    else if (is === "no_data" || is === "no_traffic") this.#missing.push(why);
    else {
      this.#pending.push(why);
      this.#isUndecided(is === "improved" ? unproven : "too_few", wait);
    }
  }

  #isIdle(name: string): void {
    if (!this.#idle.includes(name)) this.#idle.push(name);
  }

  #judgeValues(criterion: GateCriterion): void {
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

  #check(policy: Policy): VerificationCheck {
    const { takenAt: at, answered, idle = [] } = this.#evidence;
    for (const name of idle)
      if (this.#judged.isStopped) this.#isIdle(name);
      else if (!this.#isCounted(name))
        this.#missing.push(`${name} is NaN: nobody asks for what it is a share of`);
    const told = this.#judgeByWhatIsLeft(policy);
    const { length } = verifyCriteria(policy);
    if (length === 0 && answered.length === 0 && this.#idle.length === 0 && this.#early.length === 0)
      this.#missing.push(
        `nothing tells whether it has helped: the gate "${policy.verify.gate}" has no metric, and no trigger was asked`,
      );
    const bad = [...this.#bad, ...this.#notHelped, ...this.#held];
    if (bad.length > 0) return { at, verdict: "bad", why: bad };
    if (this.#missing.length > 0) return { at, verdict: "no_data", why: [...new Set(this.#missing)] };
    const early = [...this.#early, ...this.#pending];
    return early.length > 0
      ? { at, verdict: "not_yet", why: early }
      : { at, verdict: "good", why: [...this.#proven, ...told] };
  }

  /** What is judged by its counts, or a trigger on that: its value is nothing to go by. */
  #isCounted(name: string): boolean {
    const metric = this.#evidence.judgedBy?.get(name) ?? name;
    return this.#judged.counted.some((one) => one.metric === metric && one.own !== null);
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
