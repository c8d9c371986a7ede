import { CachedState } from "../cached-state.ts";
import { readField } from "../fields.ts";

/** A state, and the stamp of the last commit in it. */
export class RedisState extends CachedState {
  stamp: string;

  constructor(revision: number, version: string, stamp: string) {
    super(revision, version);
    this.stamp = stamp;
  }
}

/** Parts of an answer that make a state; its times are behind them. */
export const STATE = 5;

/** From an answer's parts: epoch, revision, stamp, version, fields. */
export function stateFrom([, revision, stamp, version, fields]: readonly unknown[]): RedisState {
  const state = new RedisState(Number(revision), String(version), String(stamp));
  const flat = fields as readonly string[];
  for (let at = 0; at + 1 < flat.length; at += 2) readField(state, flat[at] ?? "", flat[at + 1] ?? "");
  return state;
}

/** As `CHECK_HISTORY` makes it. */
export function versionOf(stamp: string, note = ""): string {
  return `${stamp}|${note}`;
}
