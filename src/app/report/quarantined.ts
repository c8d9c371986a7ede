import type { Policy } from "../../domain/policy.ts";
import type { ApplicationState } from "../../domain/state.ts";

/** Flags that a rollback has put in quarantine and that are still there, in the policy's order. */
export function quarantinedBy(rollback: string, policy: Policy, { flags }: ApplicationState): string[] {
  return [...policy.flags.keys()].filter((key) => flags.get(key)?.quarantinedBy === rollback);
}
