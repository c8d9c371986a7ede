/** A version after https://semver.org, its build left out: that has no precedence. */
export interface SemVer {
  readonly numbers: readonly [major: number, minor: number, patch: number];
  /** Identifiers before the release; none of a release. */
  readonly pre: readonly string[];
}

/** Longer ones are no versions, and would only cost time. */
const MAX_LENGTH = 256;
/** Numbers of at most 15 digits are exact. Minor and patch may be missing, and a `v` may stand before. */
const VERSION = /^v?(\d{1,15})(?:\.(\d{1,15}))?(?:\.(\d{1,15}))?(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/;

/** @returns undefined when it is no version */
export function parseSemVer(text: string): SemVer | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const found = VERSION.exec(text);
  if (found === null) return undefined;
  const [, major, minor = "0", patch = "0", pre] = found;
  return { numbers: [Number(major), Number(minor), Number(patch)], pre: pre?.split(".") ?? [] };
}

/** Below 0 when `a` comes before `b`, 0 when they have the same precedence. */
export function compareSemVer(a: SemVer, b: SemVer): number {
  for (let place = 0; place < 3; place++) {
    const difference = (a.numbers[place] as number) - (b.numbers[place] as number);
    if (difference !== 0) return difference;
  }
  if (a.pre.length === 0 || b.pre.length === 0) return b.pre.length - a.pre.length;
  const shorter = Math.min(a.pre.length, b.pre.length);
  for (let place = 0; place < shorter; place++) {
    const difference = compareIdentifiers(a.pre[place] as string, b.pre[place] as string);
    if (difference !== 0) return difference;
  }
  return a.pre.length - b.pre.length;
}

/** Numbers come before words. */
function compareIdentifiers(a: string, b: string): number {
  const [numberA, numberB] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (numberA && numberB) return a.length === b.length ? compareText(a, b) : a.length - b.length;
  if (numberA !== numberB) return numberA ? -1 : 1;
  return compareText(a, b);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
