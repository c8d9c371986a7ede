/**
 * The beta distribution in logarithms. Evidence lives far out in its tails, where `1 - I` cancels to nothing and `I` is
 * smaller than any number: both tails are computed directly, to 1e-9 of what scipy says (test/domain/judging/scipy.slow.ts).
 */

const LOG_2PI = Math.log(2 * Math.PI);

/** Where Stirling's series is exact to the last digit. */
const SERIES_FROM = 10;

/** What Stirling's formula lacks: lnΓ(z) = (z − ½)·ln z − z + ½·ln 2π + remainder(z), for z > 0. */
function stirlingRemainder(z: number): number {
  let [rest, at] = [0, z];
  for (; at < SERIES_FROM; at += 1) rest += (at + 0.5) * Math.log1p(1 / at) - 1;
  const r = 1 / (at * at);
  return (
    rest +
    (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - (1 / 1188 - (691 / 360360) * r) * r) * r) * r) * r) / at
  );
}

/** ln B(a, b), for a, b > 0. */
export function logBeta(a: number, b: number): number {
  const sum = a + b;
  return (
    (a - 0.5) * Math.log(a / sum) +
    (b - 0.5) * Math.log(b / sum) -
    0.5 * Math.log(sum) +
    0.5 * LOG_2PI +
    stirlingRemainder(a) +
    stirlingRemainder(b) -
    stirlingRemainder(sum)
  );
}

/** ln P(X < x) of a beta distribution, 0 < x < 1. */
export function logCdf(x: number, a: number, b: number): number {
  return isBelowMean(x, a, b) ? logLowerTail(x, 1 - x, a, b) : logOneMinusExp(logLowerTail(1 - x, x, b, a));
}

/** ln P(X > x) of a beta distribution, 0 < x < 1. */
export function logSf(x: number, a: number, b: number): number {
  return isBelowMean(x, a, b) ? logOneMinusExp(logLowerTail(x, 1 - x, a, b)) : logLowerTail(1 - x, x, b, a);
}

/** On this side the continued fraction of the lower tail converges fast, on the other that of the upper one. */
function isBelowMean(x: number, a: number, b: number): boolean {
  return x < (a + 1) / (a + b + 2);
}

function logOneMinusExp(log: number): number {
  return Math.log(-Math.expm1(Math.min(log, -Number.MIN_VALUE)));
}

/** ln I_x(a, b) by its continued fraction (DLMF 8.17.22). */
function logLowerTail(x: number, y: number, a: number, b: number): number {
  return logFront(x, y, a, b) - Math.log(a) - Math.log(fraction(x, a, b));
}

/** ln (x^a · y^b / B(a, b)) with y = 1 − x, written so that large numbers do not cancel. */
function logFront(x: number, y: number, a: number, b: number): number {
  const sum = a + b;
  return (
    a * Math.log1p((x * b - y * a) / a) +
    b * Math.log1p((y * a - x * b) / b) +
    0.5 * (Math.log(a) + Math.log(b / sum) - LOG_2PI) -
    stirlingRemainder(a) -
    stirlingRemainder(b) +
    stirlingRemainder(sum)
  );
}

/** More terms than any counts need: they grow with the root of the smaller parameter. */
const MAX_TERMS = 100_000;

/** 1 + d₁/(1 + d₂/(1 + …)), by Lentz' way. */
function fraction(x: number, a: number, b: number): number {
  let [value, c, d, change] = [1, 1, 0, 0];
  const next = (term: number): void => {
    d = 1 / (1 + term * d);
    c = 1 + term / c;
    change = c * d;
    value *= change;
  };
  for (let m = 0; m < MAX_TERMS && Math.abs(change - 1) > 1e-16; m += 1) {
    if (m > 0) next((m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m)));
    next((-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1)));
  }
  return value;
}
