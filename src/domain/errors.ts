/**
 * Every failure that a caller may tell apart. HTTP status and exit codes are mapped elsewhere, by code.
 * - `store_unavailable`: the store is away, was emptied, or answered nonsense; nothing was acknowledged.
 * - `lock_timeout`: the application's lock could not be had in time; nothing was written.
 * - `source_unavailable`: Prometheus or Alertmanager did not answer as it should; the message names it and says why.
 * - `unknown_application`, `unknown_flag`: named by the caller, not by any policy.
 * - `bad_request`: the caller's input; the message names the field.
 */
export type ErrorCode =
  | "store_unavailable"
  | "lock_timeout"
  | "source_unavailable"
  | "unknown_application"
  | "unknown_flag"
  | "bad_request";

export class RollguardError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "RollguardError";
    this.code = code;
  }
}
