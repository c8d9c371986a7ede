/** A dashboard panel that colours a metric, as far as its colours can contradict the alerts. */
export interface Panel {
  readonly title: string;
  readonly metric: string;
  /** Where a colour begins, in the metric's own unit. */
  readonly thresholds: { readonly yellow: number; readonly red: number };
}
