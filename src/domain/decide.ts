import type { Command } from "./command.ts";
import { decideAcknowledge } from "./decide-acknowledge.ts";
import { decideAlert } from "./decide-alert.ts";
import { decideCheck } from "./decide-check.ts";
import { decideDeploy, decideRetry } from "./decide-deploy.ts";
import { decideNotice } from "./decide-notice.ts";
import { decideOperator } from "./decide-operator.ts";
import { decideQuiet } from "./decide-resolved.ts";
import { decideRestore } from "./decide-restore.ts";
import { decideRollback } from "./decide-rollback.ts";
import { decideSet } from "./decide-set.ts";
import { decideShutdown } from "./decide-shutdown.ts";
import { decideSummary } from "./decide-summary.ts";
import { decideVerify, noteCommitted } from "./decide-verify.ts";
import { type Decision, note } from "./decision.ts";
import { Draft } from "./draft.ts";
import type { EventBody } from "./event.ts";
import type { Message } from "./message.ts";
import { notePropagated } from "./note-propagated.ts";
import type { Policy } from "./policy.ts";
import { withRaises } from "./raise.ts";
import type { ApplicationState, StateChange } from "./state.ts";
import type { Instant } from "./time.ts";
import { addUp } from "./unchanged.ts";
import { withKnownStart } from "./undated.ts";

/** What a command would do to an application. The only place where its fate is decided. */
export function decide(state: ApplicationState, command: Command, policy: Policy, now: Instant): Decision {
  const decision = dispatch(state, command, policy, now);
  return withUnchanged(state, withRaises(state, decision, policy, now));
}

function dispatch(state: ApplicationState, command: Command, policy: Policy, now: Instant): Decision {
  switch (command.type) {
    case "alert":
      return decideAlert(state, withKnownStart(state, command), policy, now);
    case "quiet":
      return decideQuiet(state, command, policy, now);
    case "watchdog":
      // One that is heard in the future would be missed for so much longer.
      return note({ kind: "watchdog", value: Math.min(now, Math.max(command.at, state.watchdog ?? 0)) });
    case "notice":
      return decideNotice(state, command, now);
    case "tally":
      return note({ kind: "unchanged", value: addUp(state.unchanged, command.unchanged) });
    case "check":
      return decideCheck(state, command, policy, now);
    case "deploy":
      return decideDeploy(state, command, policy, now);
    case "retry":
      return decideRetry(state, command, policy, now);
    case "restore":
      return decideRestore(state, command, policy, now);
    case "set":
      return decideSet(state, command, policy, now);
    case "verify":
      return decideVerify(state, command, policy, now);
    case "rollback":
      return decideRollback(state, command, policy, now);
    case "acknowledge":
      return decideAcknowledge(state, command, now);
    case "shutdown":
      return decideShutdown(state, command, policy, now);
    case "committed":
      return noteCommitted(state, command);
    case "summary":
      return decideSummary(state, command, now);
    case "propagated":
      return notePropagated(state, command);
    case "pause":
    case "resume":
    case "abort":
    case "approve":
      return decideOperator(state, command, policy, now);
  }
}

/** What was counted goes into the ledger with the next event. */
function withUnchanged({ unchanged }: ApplicationState, decision: Decision): Decision {
  const [event, ...others] = decision.events;
  if (event === undefined || unchanged.length === 0) return decision;
  return {
    ...decision,
    events: [{ ...event, unchanged }, ...others],
    changes: [...decision.changes, { kind: "unchanged", value: [] }],
  };
}

/** Several commands decided one after the other, each seeing what the ones before it would have done. */
export interface Decisions {
  readonly decisions: readonly NumberedDecision[];
  readonly changes: readonly StateChange[];
  readonly events: readonly EventBody[];
  readonly messages: readonly Message[];
}

export interface NumberedDecision {
  readonly decision: Decision;
  /** The revision that the decision made, once committed; null when it changed nothing. */
  readonly revision: number | null;
}

export function decideAll(
  state: ApplicationState,
  commands: readonly Command[],
  policy: Policy,
  now: Instant,
): Decisions {
  const draft = new Draft(state);
  const decisions: NumberedDecision[] = [];
  const changes: StateChange[] = [];
  const events: EventBody[] = [];
  const messages: Message[] = [];
  for (const command of commands) {
    const decision = decide(draft, command, policy, now);
    draft.apply(decision);
    decisions.push({ decision, revision: decision.events.length > 0 ? draft.revision : null });
    changes.push(...decision.changes);
    events.push(...decision.events);
    messages.push(...decision.messages);
  }
  return { decisions, changes, events, messages };
}
