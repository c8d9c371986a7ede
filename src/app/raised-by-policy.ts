import { type FlagPolicy, reachesOf, settingsOf } from "../domain/flag.ts";
import type { Policy } from "../domain/policy.ts";
import type { Targeting } from "../domain/targeting.ts";
import { describeTargeting } from "./describe-targeting.ts";
import type { Policies } from "./policies.ts";
import type { StateStore } from "./ports.ts";

/**
 * What a policy would raise, by what it says of flags, while a rollback is open: a problem for each application. An application
 * whose state cannot be read has none: its policy must be reloadable while the store is away.
 */
export async function raisedByPolicies(
  { policies, store }: { readonly policies: Policies; readonly store: Pick<StateStore, "read"> },
  next: readonly Policy[],
): Promise<readonly string[]> {
  const found = await Promise.all(
    next.map(async (policy): Promise<readonly string[]> => {
      const { name } = policy.application;
      const before = policies.get(name);
      const state = before && (await store.read(name).catch(() => undefined));
      if (!before || !state?.rollback) return [];
      const was = reachesOf(before.flags, settingsOf(before.flags, state.flags));
      const is = reachesOf(policy.flags, settingsOf(policy.flags, state.flags));
      const flags = [...policy.flags.values()].flatMap((flag) => {
        const old = before.flags.get(flag.key);
        const [from, to] = [was.get(flag.key) ?? 0, is.get(flag.key) ?? 0];
        if (old === undefined || flag.kind === "kill-switch" || to === 0) return [];
        if (to > from) return [`${flag.key} from ${shown(from)} to ${shown(to)} %`];
        return isForOthers(old, flag) ? [`${flag.key} for others than before`] : [];
      });
      if (flags.length === 0) return [];
      return [
        `${name}: rollback ${state.rollback.id} is open, and this policy would raise ${flags.join(", ")}: reload it when the rollback has ended`,
      ];
    }),
  );
  return found.flat();
}

/** Whom a targeting names, and where a ramp stands, is not weighed: nothing of it changes while a rollback is open. */
function isForOthers(before: FlagPolicy, after: FlagPolicy): boolean {
  const targets = after.targeting !== null && wordsOf(before.targeting) !== wordsOf(after.targeting);
  return targets || (before.ramp !== null && JSON.stringify(before.ramp) !== JSON.stringify(after.ramp));
}

function wordsOf(targeting: Targeting | null): string {
  return targeting === null ? "" : JSON.stringify(describeTargeting(targeting));
}

/** Less than a user can be is what targeting alone reaches. */
function shown(reach: number): number {
  return Math.floor(reach * 100) / 100;
}
