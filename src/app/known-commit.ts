/** A commit that was seen, by which a store is known to have kept it. */
export interface KnownCommit {
  /** Names the history that it belongs to. */
  readonly epoch: string;
  /** 0, and no stamp, while nothing was committed. */
  readonly revision: number;
  readonly stamp: string;
}
