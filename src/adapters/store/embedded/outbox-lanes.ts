import type { ClaimedMessage } from "../../../app/outbox.ts";
import { type Channel, laneOf, type Message } from "../../../domain/message.ts";
import type { Instant } from "../../../domain/time.ts";
import { type ClaimRecord, isLeased, isPostponed, MAX_LATER } from "../outbox-entry.ts";

/** A message as it lies in the outbox. */
export interface StoredMessage {
  readonly id: string;
  readonly message: Message;
  readonly claim: ClaimRecord;
}

/** The oldest message of a lane that may be claimed, and what waits behind it. */
export interface FreeLane extends StoredMessage {
  readonly lane: string;
  readonly later: ClaimedMessage["later"];
}

/** The first lanes that are free, in the order of their oldest messages; only of some channels, where they are named. */
export function freeLanes(
  messages: Iterable<StoredMessage>,
  limit: number,
  now: Instant,
  channels?: readonly Channel[],
): FreeLane[] {
  const lanes = new Map<string, FreeLane & { free: boolean; later: StoredMessage[] }>();
  for (const each of messages) {
    const { claim, message } = each;
    if (claim.dead) continue;
    const { channel } = message;
    if (channels !== undefined && channel !== undefined && !channels.includes(channel)) continue;
    const lane = laneOf(message);
    const first = lanes.get(lane);
    if (first === undefined) lanes.set(lane, { ...each, lane, free: claim.until <= now, later: [] });
    else {
      // An operator may have brought an older one back, while a younger one was leased.
      if (isLeased(claim, now)) first.free = false;
      if (first.later.length < MAX_LATER) first.later.push(each);
    }
  }
  const free = [...lanes.values()].filter((lane) => lane.free);
  return free.slice(0, limit).map(({ free: _, later, ...first }) => ({
    ...first,
    later: later.map(({ id, message }) => ({ id, message })),
  }));
}

/**
 * The oldest message that waits. Dead ones do not, nor do lanes whose oldest message was given back because it is not time
 * yet.
 */
export function oldestWaiting(messages: Iterable<StoredMessage>, now: Instant): Message | null {
  const postponed = new Set<string>();
  for (const { claim, message } of messages) {
    const lane = laneOf(message);
    if (claim.dead || postponed.has(lane)) continue;
    if (!isPostponed(claim, now)) return message;
    postponed.add(lane);
  }
  return null;
}
