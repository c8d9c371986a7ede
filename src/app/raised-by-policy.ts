import { exposuresOf, settingsOf } from "../domain/flag.ts";
import type { Policy } from "../domain/policy.ts";
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
      const was = exposuresOf(before.flags, settingsOf(before.flags, state.flags));
      const is = exposuresOf(policy.flags, settingsOf(policy.flags, state.flags));
      const raised = [...is].filter(
        ([key, exposure]) =>
          policy.flags.get(key)?.kind !== "kill-switch" && was.has(key) && exposure > (was.get(key) ?? 0),
      );
      if (raised.length === 0) return [];
      const flags = raised.map(([key, exposure]) => `${key} from ${was.get(key)} to ${exposure} %`);
      return [
        `${name}: rollback ${state.rollback.id} is open, and this policy would raise ${flags.join(", ")}: reload it when the rollback has ended`,
      ];
    }),
  );
  return found.flat();
}
