import type { EventRollout } from "./event.ts";
import type { FlagChange } from "./flag.ts";
import type { TierName } from "./tier.ts";
import type { Instant } from "./time.ts";

export const MESSAGE_KINDS = [
  "rolled_back",
  "escalated",
  "verified",
  "reopened",
  "unverified",
  "acknowledged",
  "storm_breaker",
  "unrelated",
  "cooldown",
  "ended",
  "deployed",
  "promoted",
  "held",
  "blind",
  "seeing_again",
  "paused",
  "resumed",
  "aborted",
  "completed",
  "failed",
  "flags_changed",
  "truncated",
  "misaddressed",
] as const;

export type MessageKind = (typeof MESSAGE_KINDS)[number];

/** A way to people. `stakeholders` are told by mail, at their own pace; `report` is a file. */
export const CHANNELS = ["slack", "pagerduty", "email", "webhook", "stakeholders", "report"] as const;

export type Channel = (typeof CHANNELS)[number];

/** Something people must learn. It is stored with the state that it tells of, and delivered later. */
export interface Message {
  /** The rollback or the rollout that it tells of: messages of one subject are delivered in their order. */
  readonly subject: string;
  readonly kind: MessageKind;
  readonly at: Instant;
  readonly tier: TierName | null;
  /** The name of the alert that caused it; null when none did. */
  readonly alert: string | null;
  readonly flags: readonly FlagChange[];
  readonly rollout: EventRollout | null;
  /** Why, in words. */
  readonly detail: string | null;
  /** The on-call engineer is to be paged, whatever the routes say. */
  readonly page: boolean;
  /** Nobody is called or written to for it, whatever the routes say: people know already. */
  readonly quiet?: true;
  /** Which way it goes; absent until it is routed, when it becomes one message for each of its channels. */
  readonly channel?: Channel;
  /** Of the page, as PagerDuty has it. */
  readonly severity?: "error" | "critical";
  /** The Slack channel that a route names instead of the policy's. */
  readonly slackChannel?: string;
}

/** Messages of one lane are delivered one after the other; no lane waits for another one. */
export function laneOf({ subject, channel }: Message): string {
  return channel === undefined ? subject : `${channel} ${subject}`;
}
