/** Whoever judges the application and tells Rollguard: Prometheus with Alertmanager, or the built-in stand-in. */
export interface Monitoring {
  /** Whether it sees the application: rates need two looks. */
  seesEverything(): Promise<boolean>;
  /** Where an alert is on its way. */
  stateOf(alert: string): Promise<AlertState>;
  /** What it logged, for failures. */
  report(): string;
  stop(): Promise<void>;
}

export type AlertState = "inactive" | "pending" | "firing";

/** An alert as the policy file has it. */
export interface PolicyAlert {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly rollback?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}
