import type { Channel, MessageKind } from "../domain/message.ts";
import type { OutboxDepth, OutboxEntry } from "./outbox.ts";
import { rfc3339 } from "./rfc3339.ts";

/** A message on its way, as the API and the command line show it. */
export interface OutboxEntryView {
  readonly id: string;
  /** Null: it was not routed. */
  readonly channel: Channel | null;
  readonly subject: string;
  readonly kind: MessageKind;
  readonly at: string;
  readonly state: OutboxEntry["state"];
  readonly attempt: number;
  readonly why: string | null;
  readonly until: string | null;
}

export interface OutboxView {
  readonly waiting: number;
  readonly dead: number;
  readonly oldestAt: string | null;
  /** The oldest first. */
  readonly entries: readonly OutboxEntryView[];
}

export function describeOutbox(depth: OutboxDepth, entries: readonly OutboxEntry[]): OutboxView {
  const { waiting, dead, oldestAt } = depth;
  return { waiting, dead, oldestAt: timeOf(oldestAt), entries: entries.map(describeEntry) };
}

function describeEntry({ id, message, state, attempt, why, until }: OutboxEntry): OutboxEntryView {
  const { channel = null, subject, kind, at } = message;
  return { id, channel, subject, kind, at: rfc3339(at), state, attempt, why, until: timeOf(until) };
}

function timeOf(at: number | null): string | null {
  return at === null ? null : rfc3339(at);
}
