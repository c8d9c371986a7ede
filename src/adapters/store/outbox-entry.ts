import type { OutboxEntry } from "../../app/outbox.ts";
import type { Message } from "../../domain/message.ts";
import type { Instant } from "../../domain/time.ts";

/** How a message stands, as a store keeps it; none is kept before its first claim. What is not there is null, or false. */
export interface ClaimRecord {
  readonly attempt: number;
  /** Nobody may claim it before. */
  readonly until: Instant;
  /** When that was said; an older version has not kept it. */
  readonly since?: Instant;
  /** Of whoever claimed it last; none while it waits for a retry. */
  readonly token?: string | null;
  readonly failingSince?: Instant | null;
  readonly why?: string | null;
  readonly dead?: boolean;
}

export const UNCLAIMED: ClaimRecord = { attempt: 0, until: 0 };

/** Characters: why something failed is told in a line, not in somebody's error page. */
const MAX_WHY = 1_000;

/** Messages behind one that is claimed which are told with it. */
export const MAX_LATER = 50;

/** Lanes of an application that a receipt is kept of; the oldest one goes. */
export const MAX_RECEIPTS = 1_000;

export function shortWhy(why: string): string {
  return why.length <= MAX_WHY ? why : `${why.slice(0, MAX_WHY)}…`;
}

export function isLeased({ token, until }: ClaimRecord, now: Instant): boolean {
  return typeof token === "string" && until > now;
}

/** It was given back because it is not time yet: nothing has gone wrong. */
export function isPostponed({ token, until, failingSince = null }: ClaimRecord, now: Instant): boolean {
  return typeof token !== "string" && until > now && failingSince === null;
}

export function entryOf(id: string, message: Message, claim: ClaimRecord, now: Instant): OutboxEntry {
  const { attempt, until, why = null, dead = false } = claim;
  const base = { id, message, attempt, why };
  if (dead) return { ...base, state: "dead", until: null };
  const state = isLeased(claim, now) ? "leased" : why === null ? "waiting" : "retrying";
  return { ...base, state, until: until > now ? until : null };
}
