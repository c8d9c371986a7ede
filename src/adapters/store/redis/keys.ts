/**
 * The keys of one application. They share a hash tag, so that on a Cluster they live on one node and one script
 * may touch them all.
 */
export interface Keys {
  /** Hash: `epoch`, `revision`, `stamp` (token of the last commit), `note` (token of the last note since), `trimmed` (how many events have left), `parts` (outbox, claims and receipts are there). */
  readonly meta: string;
  /** String: the token of the lock's holder. */
  readonly lock: string;
  /** Hash: a field of the state → its JSON; and `stamp`, the same as in `meta`. */
  readonly state: string;
  /** Stream: entry `<revision>-0` is the event of that revision; the last one of a commit has its `stamp` too. */
  readonly events: string;
  /** Stream: entry `<revision>-<index>` is a message that waits to be delivered. */
  readonly outbox: string;
  /** Hash: id of a message → its claim, as JSON; `dead`, how many of them are; and `begun`. */
  readonly claims: string;
  /** Hash: a lane → what its last delivery left, and when, as JSON; and `begun`. */
  readonly receipts: string;
  /** Pub/sub channel, which each commit tells its revision. */
  readonly changes: string;
  /** What a probe writes, and takes away again: a string, a hash, a stream; and the channel that it tries. */
  readonly probe: readonly [string: string, hash: string, stream: string, channel: string];
}

export function keysOf(application: string): Keys {
  const key = (part: string): string => `rollguard:{${application}}:${part}`;
  return {
    meta: key("meta"),
    lock: key("lock"),
    state: key("state"),
    events: key("events"),
    outbox: key("outbox"),
    claims: key("claims"),
    receipts: key("receipts"),
    changes: key("changes"),
    probe: [key("probe:string"), key("probe:hash"), key("probe:stream"), key("probe")],
  };
}
