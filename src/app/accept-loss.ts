import { decideAcceptLoss } from "../domain/accept-loss.ts";
import type { FlagState } from "../domain/flag.ts";
import type { FlagSnapshots } from "./flag-snapshots.ts";
import { logDecision } from "./log-decision.ts";
import type { Policies } from "./policies.ts";
import type { Logger, Recorder, StateStore } from "./ports.ts";

interface AcceptLoss {
  readonly policies: Policies;
  readonly store: StateStore;
  readonly flags: FlagSnapshots;
  readonly recorder: Recorder;
  readonly logger: Logger;
}

/** An application that goes on without what was lost. */
export interface LossAccepted {
  readonly application: string;
  readonly revision: number;
  readonly detail: string;
  /** Those that stand lower than the store or the policy would have them. */
  readonly flags: readonly string[];
}

/**
 * Lets this responder go on where its store has lost data: each application from what is left there, and never above what is
 * known here. It is in the ledger with who and why.
 * @returns the applications that had lost something, which may be none
 * @throws RollguardError `store_unavailable`, `lock_timeout`
 */
export async function acceptLoss(
  { policies, store, flags, recorder, logger }: AcceptLoss,
  { actor, reason }: { readonly actor: string; readonly reason: string },
): Promise<readonly LossAccepted[]> {
  const accepted: LossAccepted[] = [];
  for (const policy of policies.all()) {
    const { name: application } = policy.application;
    const kept: ReadonlyMap<string, FlagState> = (await flags.lastKnown(application)) ?? new Map();
    const done = await store.acceptLoss?.(application, (state, now) =>
      decideAcceptLoss(state, { actor, reason, kept }, policy, now),
    );
    if (done == null) continue;
    const { work, revision } = done;
    recorder.decided("flag_changed", null);
    logDecision(logger, "loss accepted", work, { application, actor, reason, detail: work.detail, revision });
    const [event] = work.events;
    accepted.push({
      application,
      revision,
      detail: work.detail ?? "",
      flags: event?.flags.map(({ flag }) => flag) ?? [],
    });
    await flags.atLeast(application, Number.MAX_SAFE_INTEGER);
  }
  return accepted;
}
