import { firingAmong } from "../../domain/alert-memory.ts";
import { listed } from "../../domain/listed.ts";
import type { Policy } from "../../domain/policy.ts";
import { isActive, type Rollout, stageOf } from "../../domain/rollout.ts";
import type { ApplicationState } from "../../domain/state.ts";
import { rfc3339 } from "../rfc3339.ts";
import { whyUnverified } from "../why-unverified.ts";
import { count } from "./headline.ts";

interface WaitingParts {
  readonly policy: Policy;
  readonly state: ApplicationState;
  /** The one that runs, or that ended in the last day. */
  readonly rollout: Rollout | null;
  readonly quarantine: readonly { readonly flag: string; readonly rollback: string }[];
  readonly deadLetters: number;
}

/** What somebody has to do, the most urgent first. */
export function waitingIn({ policy, state, rollout, quarantine, deadLetters }: WaitingParts): string[] {
  const { name } = policy.application;
  return [
    ...ofRollback(state),
    ...ofKept(state),
    ...ofRollout(rollout, name),
    ...ofQuarantine(quarantine),
    ...(deadLetters === 0
      ? []
      : [
          `${count(deadLetters, "message")} could not be delivered and ${deadLetters === 1 ? "was" : "were"} given up: rollguard outbox list`,
        ]),
  ];
}

function ofRollback({ rollback }: ApplicationState): string[] {
  switch (rollback?.status) {
    case "failed":
      return [`Rollback ${rollback.id} has not helped, and no tier is left: look beyond the flags.`];
    case "unverified":
      return [`Look whether rollback ${rollback.id} has helped: ${whyUnverified(rollback)}.`];
    default:
      return [];
  }
}

function ofKept(state: ApplicationState): string[] {
  const { storm } = state;
  const firing = firingAmong(state, state.kept);
  const names = [...new Set(firing.filter(({ why }) => why !== "acknowledged").map((alert) => alert.name))];
  return [
    ...(names.length === 0
      ? []
      : [`${listed(names, 10)}: firing, and nothing was turned down for it: look at it yourself.`]),
    ...(storm === null
      ? []
      : [
          `Rollbacks come too often: until ${rfc3339(storm.until)} only a more severe tier acts. Find out why.`,
        ]),
  ];
}

function ofRollout(rollout: Rollout | null, name: string): string[] {
  if (rollout?.outcome === "aborted" || rollout?.outcome === "failed")
    return [
      `The rollout has ${rollout.outcome === "failed" ? "failed" : "been aborted"} in the stage of ${stageOf(rollout).traffic} %; to start it again: rollguard retry --application ${name} --acknowledge --reason "…".`,
    ];
  if (!isActive(rollout)) return [];
  if (rollout.pausedAt !== null)
    return [
      `The rollout is paused: rollguard resume --application ${name}, or rollguard abort --application ${name}.`,
    ];
  if (rollout.blind !== null)
    return [`The rollout cannot be seen, and waits: bring back ${listed(rollout.blind.missing, 5)}.`];
  if (rollout.hold?.kind === "approval")
    return [
      `The rollout waits for a word: rollguard approve --application ${name}, or rollguard abort --application ${name}.`,
    ];
  if (rollout.hold?.kind === "not_enough")
    return [
      `The rollout waits for more requests (${listed(rollout.hold.why, 5)}); to promote it without them: rollguard approve --application ${name} --reason "…".`,
    ];
  if (rollout.hold !== null)
    return [
      `The rollout is held, and its gate decides again by itself; look at ${listed(rollout.hold.why, 5)}.`,
    ];
  return [];
}

function ofQuarantine(quarantine: WaitingParts["quarantine"]): string[] {
  const rollbacks = [...new Set(quarantine.map(({ rollback }) => rollback))];
  return rollbacks.map((id) => {
    const flags = quarantine.filter(({ rollback }) => rollback === id).map(({ flag }) => flag);
    return `${listed(flags, 5)} cannot be raised until the cause of ${id} is mended: rollguard acknowledge ${id} --reason "…".`;
  });
}
