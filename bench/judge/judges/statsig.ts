import { differenceOf, twoSamples } from "./two-samples.ts";

/** The critical value of the test that is no sequential one, which the mixture is tuned by. */
const Z = 1.96;

/**
 * Statsig's published formula of its sequential test (docs.statsig.com, "Frequentist Sequential Testing"), two-sided, at the
 * same α as ours: the lower end of its confidence interval above the margin.
 */
export const statsig = twoSamples("Statsig", (samples, margin, alpha) => {
  const difference = differenceOf(samples);
  if (difference === null || difference.delta <= margin) return false;
  const { delta, variance, ofTreatment, ofControl } = difference;
  const mixing = (Z ** 2 * (ofTreatment + ofControl)) / (samples.treatment.total + samples.control.total);
  const critical = Math.sqrt(
    ((variance + mixing) / mixing) * (-2 * Math.log(alpha / 2) - Math.log(variance / (variance + mixing))),
  );
  return delta - critical * Math.sqrt(variance) > margin;
});
