import type { Instant } from "./time.ts";

/** What one responder saw of how a rollback's first commit reached the clients that listened to it then. */
export interface Propagation {
  /** The process that saw it. */
  readonly responder: string;
  /** Clients that were connected when it heard of the commit, without those that went: nobody is shown old flags there. */
  readonly clients: number;
  /** Those of them that asked for the new flags. */
  readonly reached: number;
  /** Clients that asked here though their stream is at another responder. */
  readonly elsewhere: number;
  /** When the last of them had asked; null when none did. */
  readonly at: Instant | null;
}

/** All responders together. */
export interface PropagationSum {
  readonly clients: number;
  readonly reached: number;
  readonly at: Instant | null;
}

/** Null when no responder has told. */
export function sumOf(propagation: readonly Propagation[]): PropagationSum | null {
  if (propagation.length === 0) return null;
  const add = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0);
  const clients = add(propagation.map((one) => one.clients));
  // Behind one address a client may listen here and ask there; more than all there are cannot have been reached.
  const reached = add(propagation.map((one) => one.reached + one.elsewhere));
  const times = propagation.flatMap(({ at }) => (at === null ? [] : [at]));
  return {
    clients,
    reached: Math.min(clients, reached),
    at: times.length === 0 ? null : Math.max(...times),
  };
}
