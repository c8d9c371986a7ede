import type { Duration } from "../../domain/time.ts";
import type { MetricAnswer } from "../ports.ts";

/** What rules have recorded, for whoever needs it of many applications. */
export interface RecordedSource {
  /**
   * The series of each metric whose newest sample is not older than `within`, in their order, asked with as few questions as
   * can be.
   * @throws RollguardError `source_unavailable`
   */
  recorded(asked: readonly RecordedMetric[], within: Duration): Promise<readonly MetricAnswer[]>;
}

export interface RecordedMetric {
  readonly metric: string;
  readonly application: string;
}
