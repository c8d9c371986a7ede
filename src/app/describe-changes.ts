import type { FlagChange } from "../domain/flag.ts";
import type { Policy } from "../domain/policy.ts";

/** A change as it is answered. */
export interface FlagChangeView extends FlagChange {
  /** Users meet the flag like that all the same, before and after; absent where the environment says nothing of it. */
  readonly override?: boolean;
}

export function describeChanges(changes: readonly FlagChange[], { flags }: Policy): FlagChangeView[] {
  return changes.map((change) => {
    const override = flags.get(change.flag)?.override ?? null;
    return override === null ? change : { ...change, override };
  });
}
