import type { KnownCommit } from "../../../app/known-commit.ts";
import type { Committed, Work } from "../../../app/ports.ts";
import type { RollguardError } from "../../../domain/errors.ts";
import { changed, type IsKillSwitch, keepsDown } from "../../../domain/keeps-down.ts";
import type { ApplicationState } from "../../../domain/state.ts";
import type { Instant } from "../../../domain/time.ts";
import type { RedisState } from "./redis-state.ts";

/** A commit, as this process has seen it. */
export interface Seen {
  readonly revision: number;
  readonly stamp: string;
}

/** What a process remembers of an application. */
export interface Known {
  readonly epoch: string;
  /** The newest commit that it knows of. */
  readonly seen: Seen;
  readonly state: RedisState | undefined;
}

/** Undefined while there is no history. */
export function newestOf({ epoch, seen }: Known): KnownCommit | undefined {
  return epoch === "" ? undefined : { epoch, ...seen };
}

export type Transaction<W> = (state: ApplicationState, now: Instant) => W;

interface Rejoining {
  readonly known: Known;
  readonly isKillSwitch: IsKillSwitch;
  goOnFrom(known: Known): void;
}

/** Knows only what is there now. */
interface Stranger {
  readonly known: Known;
  read(): Promise<ApplicationState>;
  transact<W extends Work>(work: Transaction<W>): Promise<Committed<W>>;
}

/**
 * Goes on from another history where that keeps down what was turned down in the own one.
 * @returns whether it does
 * @throws RollguardError `lost` where the two cannot be compared
 */
export async function rejoin(own: Rejoining, stranger: Stranger, lost: RollguardError): Promise<boolean> {
  const { epoch, seen, state } = own.known;
  const found = await stranger.read();
  if (stranger.known.epoch !== epoch) throw lost;
  // Who has begun since knows the commit, and not what it made.
  if (state?.stamp !== seen.stamp || !keepsDown(state, found, own.isKillSwitch)) return false;
  own.goOnFrom(stranger.known);
  return true;
}

/**
 * Commits in another history, before that may be gone on from, what turns something down there and nothing up: so it gets
 * back what it lost, when the alert of it is told again.
 * @throws RollguardError `lost` for everything else
 */
export async function restore<W extends Work>(
  own: Rejoining,
  stranger: Stranger,
  work: Transaction<W>,
  lost: RollguardError,
): Promise<Committed<W>> {
  const { seen, state: known } = own.known;
  let isBack = false;
  const committed = await stranger.transact((state, now) => {
    const wanted = work(state, now);
    const next = changed(state, wanted.changes);
    const { isKillSwitch } = own;
    if (!keepsDown(state, next, isKillSwitch) || keepsDown(next, state, isKillSwitch)) throw lost;
    isBack = known?.stamp === seen.stamp && keepsDown(known, next, isKillSwitch);
    return wanted;
  });
  if (isBack) own.goOnFrom(stranger.known);
  return committed;
}
