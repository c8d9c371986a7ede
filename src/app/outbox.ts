import type { Channel, Message } from "../domain/message.ts";
import type { Duration, Instant } from "../domain/time.ts";

/** Messages on their way to people: at least once, in order within a lane (`laneOf`). Everything throws `store_unavailable`. */
export interface Outbox {
  /**
   * Leases the oldest undelivered message of each lane, unless it is leased already, or waits for a retry; a dead one is
   * passed over. A lease that ran out is free again: its holder has died.
   */
  claim(application: string, request: ClaimRequest): Promise<ClaimedMessage[]>;
  /** Forgets a delivered message. False when the claim had run out and somebody else took the message. */
  done(application: string, claim: Claim, delivered?: Delivered): Promise<boolean>;
  /** Gives a message back, to be claimed again after `retryIn`. False as in `done`. */
  failed(application: string, claim: Claim, retryIn: Duration, failure?: Failed): Promise<boolean>;
  /** Makes it a dead letter: it is kept, holds up nothing, and is not tried again until an operator says so. False as in `done`. */
  bury(application: string, claim: Claim, why: string): Promise<boolean>;
  /** Everything that is in it, the oldest first. */
  list(application: string, page: { after?: string; limit: number }): Promise<OutboxEntry[]>;
  /** An operator has it tried at once, also when it is dead or waits. False: there is no such message. */
  retry(application: string, id: string): Promise<boolean>;
  /** An operator gives it up for good. False: there is no such message. */
  drop(application: string, id: string): Promise<boolean>;
  depth(application: string): Promise<OutboxDepth>;
}

export interface ClaimRequest {
  readonly lease: Duration;
  /** Lanes. */
  readonly limit: number;
  /** Only these; all of them without. What was never routed belongs to everybody. */
  readonly channels?: readonly Channel[];
}

/** What goes with a message that was delivered, in the same commit. */
export interface Delivered {
  /** Later messages of its lane, as `claim` told them, that were delivered with it. */
  readonly merged?: readonly string[];
  /** What the lane's next message is given back; null: it is forgotten. Absent: it stays as it is. */
  readonly receipt?: Receipt | null;
}

/** What goes with a message that is given back. */
export interface Failed {
  /** Why, in words, without any secret; absent: nothing went wrong, it only is not time yet. */
  readonly why?: string;
  /** As in `Delivered`. With one, and without a `why`, it was delivered, and is to be again: what failed before is over. */
  readonly receipt?: Receipt | null;
}

/** What a channel must know of its lane's earlier messages: where the thread is, when it was last told. At most 4 kB of JSON. */
export type Receipt = Readonly<Record<string, string | number | boolean | null>>;

export interface OutboxEntry {
  readonly id: string;
  readonly message: Message;
  readonly state: "waiting" | "leased" | "retrying" | "dead";
  readonly attempt: number;
  /** Why it failed last; null: it has not. */
  readonly why: string | null;
  /** When it may be claimed next; null: now, or never while it is dead. */
  readonly until: Instant | null;
}

export interface OutboxDepth {
  /** Without the dead ones. */
  readonly waiting: number;
  readonly dead: number;
  /**
   * `at` of the oldest one that waits; null: none does. Those that were given back because it is not time yet do not count,
   * nor what is behind them in their lane: nobody is late with them.
   */
  readonly oldestAt: Instant | null;
}

export interface Claim {
  /** `<revision>-<index>`: the commit that wrote the message, and its place in it. */
  readonly id: string;
  /** New at each claim. */
  readonly token: string;
}

export interface ClaimedMessage extends Claim {
  readonly message: Message;
  /** How often it was claimed, this time included. */
  readonly attempt: number;
  /** When it failed first; null: it has not yet. */
  readonly failingSince: Instant | null;
  /** What waits behind it in its lane, the oldest first; at most 50. They may be delivered with it. */
  readonly later: readonly { readonly id: string; readonly message: Message }[];
  /** What the lane's last delivery left; null: nothing. */
  readonly receipt: Receipt | null;
}
