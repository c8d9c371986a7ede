import type { ReportFiles } from "../adapters/report/report-files.ts";
import type { Policies } from "../app/policies.ts";
import type { Clock, Logger, MetricsSource } from "../app/ports.ts";
import type { Settings } from "../config/settings.ts";

/** What the ways to people need. */
export interface NotifierOptions {
  readonly settings: Pick<Settings, "notifications" | "externalUrl">;
  readonly policies: Policies;
  /** Null: nothing is written. */
  readonly reports: ReportFiles | null;
  readonly metrics: MetricsSource | null;
  readonly clock: Clock;
  readonly logger: Logger;
}
