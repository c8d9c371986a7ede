import type { ClaimedMessage, Outbox } from "../../src/app/outbox.ts";
import type { Channel, Message } from "../../src/domain/message.ts";
import { until } from "../support/until.ts";
import type { OpenedStores } from "./store-contract.ts";
import { event, message } from "./works.ts";

export const LONG = { lease: 60_000, limit: 10 };

export interface FilledOutbox {
  readonly name: string;
  readonly outbox: Outbox;
  /** The same outbox by another store. */
  readonly other: Outbox;
  /** One more commit. */
  add(...messages: Message[]): Promise<void>;
}

/** Stores whose outbox holds these messages, each array of one commit. */
export async function filledOutbox(
  { open, application }: OpenedStores,
  ...commits: Message[][]
): Promise<FilledOutbox> {
  const name = application();
  const store = open();
  const add = async (...messages: Message[]): Promise<void> => {
    await store.transact(name, () => ({ changes: [], events: [event("a")], messages }));
  };
  for (const messages of commits) await add(...messages);
  return { name, outbox: store.outbox, other: open().outbox, add };
}

export function routed(channel: Channel, subject: string, at = 0): Message {
  return { ...message(subject, at), channel };
}

export function summary({ id, message: { at }, attempt }: ClaimedMessage): [string, number, number] {
  return [id, at, attempt];
}

/** The only one that was claimed, or the first one. */
export function here(claimed: ClaimedMessage | undefined): ClaimedMessage {
  if (claimed === undefined) throw new Error("nothing was claimed");
  return claimed;
}

export function claimable(claim: () => Promise<ClaimedMessage[]>): Promise<ClaimedMessage[]> {
  return until("a message to be claimed", claim, (claimed) => claimed.length > 0, { every: 5 });
}
