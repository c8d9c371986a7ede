import type { LedgerEvent } from "../../domain/event.ts";
import type { ApplicationState } from "../../domain/state.ts";
import type { Instant } from "../../domain/time.ts";
import { rfc3339 } from "../rfc3339.ts";
import type { Issue } from "./report.ts";
import type { ToldRollback } from "./rollbacks-in.ts";

interface IssueSources {
  /** Of the time, the oldest first. */
  readonly events: readonly LedgerEvent[];
  /** Those behind it too, up to now: what has become of it. */
  readonly later: readonly LedgerEvent[];
  readonly rollbacks: readonly ToldRollback[];
  readonly state: ApplicationState;
}

/** What went wrong, as the ledger has it: rollbacks, holds, blindness, storms, rollouts that stopped. The oldest first. */
export function issuesIn({ events, later, rollbacks, state }: IssueSources): Issue[] {
  const ofRollbacks = rollbacks.map((rollback) => issueOfRollback(rollback));
  const others = events.flatMap((event) => issueOf(event, later, state));
  return [...ofRollbacks, ...others].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

function issueOfRollback(rollback: ToldRollback): Issue {
  const { id, first, startedAt, tier, trigger, status, endedAt, escalations } = rollback;
  const more =
    escalations === 0 ? "" : `, made more severe ${escalations === 1 ? "once" : `${escalations} times`}`;
  const why = first?.detail ?? trigger;
  const isSevere =
    tier === "safe-state" || tier === "emergency" || status === "failed" || status === "unverified";
  return {
    at: rfc3339(startedAt),
    severity: isSevere ? "P0" : tier === "flag" ? "P2" : "P1",
    text: `rollback ${id} (${tier ?? "unknown"}${more}): ${why}`,
    resolution:
      endedAt !== null
        ? "RESOLVED"
        : status === "failed" || status === "unverified"
          ? "INVESTIGATING"
          : "MONITORING",
    resolvedAt: endedAt === null ? null : rfc3339(endedAt),
  };
}

function issueOf(event: LedgerEvent, later: readonly LedgerEvent[], state: ApplicationState): Issue[] {
  const issue = (severity: Issue["severity"], text: string, end: Ended): Issue[] => [
    { at: rfc3339(event.at), severity, text, ...end },
  ];
  const { reason, rollout, detail } = event;
  const told = detail ?? reason;
  switch (reason) {
    case "held": {
      if (event.alert !== null) return issue("P2", told, untilAlertEnds(event, later, state));
      if (isApproval(event)) return [];
      const isBlind = told.startsWith("blind: ");
      const text = isBlind ? told : `held: ${told}`;
      return issue(isBlind ? "P1" : "P2", text, untilRolloutMoves(event, later, isBlind));
    }
    case "storm_breaker":
      return issue("P0", told, untilAlertEnds(event, later, state));
    case "cooldown":
      return issue("P2", told, untilAlertEnds(event, later, state));
    case "aborted": {
      const again = later.find((each) => each.revision > event.revision && begins(each));
      const end = again === undefined ? open("INVESTIGATING") : resolved(again.at);
      return issue(rollout?.status === "failed" ? "P0" : "P1", `the rollout stopped: ${told}`, end);
    }
    default:
      return [];
  }
}

/** All is green, and somebody has to say so: nothing is wrong with that. */
function isApproval({ gate }: LedgerEvent): boolean {
  return gate.length > 0 && gate.every(({ verdict }) => verdict === "green");
}

type Ended = Pick<Issue, "resolution" | "resolvedAt">;

function open(resolution: "MONITORING" | "INVESTIGATING"): Ended {
  return { resolution, resolvedAt: null };
}

function resolved(at: Instant): Ended {
  return { resolution: "RESOLVED", resolvedAt: rfc3339(at) };
}

/** Seen again, or moved on, or ended in whatever way. */
function untilRolloutMoves(event: LedgerEvent, later: readonly LedgerEvent[], isBlind: boolean): Ended {
  const next = later.find(
    ({ revision, rollout, reason }) =>
      revision > event.revision &&
      rollout !== null &&
      reason !== "flag_changed" &&
      reason !== "paused" &&
      (isBlind || reason !== "resumed") &&
      (isBlind || reason !== "held"),
  );
  return next === undefined ? open("MONITORING") : resolved(next.at);
}

function untilAlertEnds(event: LedgerEvent, later: readonly LedgerEvent[], state: ApplicationState): Ended {
  const name = event.alert?.name;
  const isKept = [...state.kept.values()].some((alert) => alert.name === name);
  if (isKept) return open("INVESTIGATING");
  const end = later.findLast(
    ({ revision, reason, alert }) =>
      revision > event.revision && reason === "resolved" && alert?.name === name,
  );
  return end === undefined ? { resolution: "RESOLVED", resolvedAt: null } : resolved(end.at);
}

function begins({ reason, rollout, gate }: LedgerEvent): boolean {
  return reason === "promoted" && rollout?.status === "running" && gate.length === 0;
}
