import { logBeta, logCdf, logSf } from "./beta.ts";

/** More halvings than any number of requests takes. */
const STEPS = 40;

/** What is believed of a share before anything was counted: a beta distribution, cut off at the limit. */
interface Prior {
  readonly a: number;
  readonly b: number;
}

/**
 * ln of the evidence that a share is below a limit, from all requests that were counted: how much likelier they are under the
 * shares below it, weighed by a prior Beta(½, ½/limit), than at the limit itself. Above ln(1/α) it is proven, however often
 * it was looked at. The prior expects about the limit, so that 367 good requests prove "below 1 %" and not 1,000.
 */
export function logEvidenceBelow(bad: number, total: number, limit: number): number {
  if (!(bad < limit * total)) return 0;
  return logEvidence(logCdf, { a: 0.5, b: 0.5 / limit }, bad, total, limit);
}

/** The same that it is above a limit, by a prior Beta(½, ½). */
export function logEvidenceAbove(bad: number, total: number, limit: number): number {
  if (!(bad > limit * total)) return 0;
  return logEvidence(logSf, { a: 0.5, b: 0.5 }, bad, total, limit);
}

function logEvidence(
  logTail: typeof logCdf,
  { a, b }: Prior,
  bad: number,
  total: number,
  limit: number,
): number {
  const good = total - bad;
  const after = logBeta(a + bad, b + good) + logTail(limit, a + bad, b + good);
  const before = logBeta(a, b) + logTail(limit, a, b);
  return after - before - bad * Math.log(limit) - good * Math.log1p(-limit);
}

/**
 * How many requests prove that a share is below a limit when so many of them are bad.
 * @returns a whole number; at 1 %: 367, 657, 881, 1,080, 1,265, 1,441 for none to five
 */
export function neededForGreen(limit: number, bad: number, alpha: number): number {
  const isEnough = (total: number): boolean => logEvidenceBelow(bad, total, limit) >= Math.log(1 / alpha);
  let [low, high] = [bad, bad + Math.ceil(1 / limit)];
  for (let step = 0; step < STEPS && !isEnough(high); step += 1) [low, high] = [high, high * 2];
  for (let step = 0; step < STEPS && high - low > 1; step += 1) {
    const middle = Math.floor((low + high) / 2);
    if (isEnough(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/**
 * The share that is at most there, as sure as 1 − α at every look: the smallest limit that the counts prove to be above it.
 * A limit that is green is never below it.
 */
export function upperBound(bad: number, total: number, alpha: number): number {
  const isProven = (limit: number): boolean => logEvidenceBelow(bad, total, limit) >= Math.log(1 / alpha);
  let [low, high] = [total > 0 ? bad / total : 1, 1];
  for (let step = 0; step < STEPS; step += 1) {
    const middle = (low + high) / 2;
    if (isProven(middle)) high = middle;
    else low = middle;
  }
  return high;
}
