import type { Judge } from "../judging.ts";
import { type Difference, differenceOf, type Samples, twoSamples } from "./two-samples.ts";

/** GrowthBook's default. */
const TUNING = 5_000;

/** A moment at which GrowthBook's test was or was not yet red, to be held against the library itself. */
export interface GrowthBookCase {
  readonly samples: Samples;
  readonly alpha: number;
  readonly margin: number;
  readonly isRed: boolean;
}

/**
 * GrowthBook's sequential test, by the formula that its library names (Waudby-Smith et al., arXiv 2103.06476, equation 9,
 * tuned for 5,000 units). Asking the library after every block would take hours: it is asked at the moments that decide.
 * @param onCase is told each first red moment, and the one before it
 */
export function growthBook(onCase: (tested: GrowthBookCase) => void): Judge {
  const onRed = (before: Samples | null, now: Samples, alpha: number, margin: number): void => {
    onCase({ samples: now, alpha, margin, isRed: true });
    if (before !== null && differenceOf(before) !== null)
      onCase({ samples: before, alpha, margin, isRed: false });
  };
  return twoSamples("GrowthBook", isWorse, onRed);
}

function isWorse(samples: Samples, margin: number, alpha: number): boolean {
  const difference = differenceOf(samples);
  // The library says nothing while one of the two has no failures, or nothing else.
  if (difference === null || difference.ofTreatment === 0 || difference.ofControl === 0) return false;
  return lowerEnd(samples, difference, alpha) > margin;
}

function lowerEnd({ treatment, control }: Samples, { delta, variance }: Difference, alpha: number): number {
  const all = treatment.total + control.total;
  const square = (-2 * Math.log(alpha) + Math.log(-2 * Math.log(alpha) + 1)) / TUNING;
  const times = all * square + 1;
  const width = Math.sqrt(
    (variance * all * 2 * times * Math.log(Math.sqrt(times) / alpha)) / (all ** 2 * square),
  );
  return delta - width;
}
