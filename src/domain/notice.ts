import type { Reason } from "./reason.ts";
import type { Instant } from "./time.ts";

/** Something is wrong with the way by which alerts come; people have been told of it. */
export interface Notice {
  readonly reason: NoticeReason;
  /** What it is about: a receiver, an address. */
  readonly about: string;
  /** When they were told. */
  readonly at: Instant;
}

/**
 * `truncated`: Alertmanager has cut alerts off; `misaddressed`: the webhook's address and the alert itself name different
 * applications.
 */
export type NoticeReason = Extract<Reason, "truncated" | "misaddressed">;
