import { listed } from "../../domain/listed.ts";
import type { Message } from "../../domain/message.ts";
import type { Unproven } from "../../domain/rollback.ts";
import type { Rollout } from "../../domain/rollout.ts";
import type { ApplicationState } from "../../domain/state.ts";
import type { Incident } from "./incident.ts";

/** What people must do now: each a sentence, with the command that does it. */
export function todoOf(incident: Incident, last: Message, state: ApplicationState): readonly string[] {
  return incident.kind === "rollback" ? ofRollback(incident, state) : ofMessage(incident, last, state);
}

const NOT_PROVEN: Readonly<Record<Unproven, string>> = {
  too_few: "Watch it: there were too few requests to tell whether it has helped. It is looked on.",
  improved:
    'Look yourself: it is much better than it was, and not well. Nothing more is turned down by itself; by hand: rollguard rollback --emergency --reason "…".',
};

function ofRollback({ subject, status, alsoFiring, alert }: Incident, state: ApplicationState): string[] {
  const quarantined = [...state.flags].filter(([, { quarantinedBy }]) => quarantinedBy === subject);
  const firing = [alert?.name, ...alsoFiring].filter((name) => name !== undefined);
  const acknowledge =
    quarantined.length === 0
      ? []
      : [
          `Find the cause, mend it, then: rollguard acknowledge ${subject} --reason "…". Until then ${listed(
            quarantined.map(([key]) => key),
            5,
          )} cannot be raised.`,
        ];
  switch (status) {
    case "failed":
      return [
        `Act now: every tier was tried, and things are still bad. Look beyond the flags${firing.length === 0 ? "" : ` (${listed(firing, 5)})`}; rollguard status tells what is off.`,
        ...acknowledge,
      ];
    case "unverified":
      if (state.rollback?.id === subject && state.rollback.unproven !== undefined)
        return [NOT_PROVEN[state.rollback.unproven], ...acknowledge];
      return [
        'Look yourself whether it has helped: the metrics that would tell have no data. If it has not: rollguard rollback --emergency --reason "…".',
        ...acknowledge,
      ];
    case "open":
      return ["Nothing yet: it is being verified, and escalates by itself where it does not help."];
    default:
      return acknowledge;
  }
}

function ofMessage({ subject, kind }: Incident, last: Message, state: ApplicationState): string[] {
  switch (last.kind) {
    case "storm_breaker":
    case "unrelated":
    case "cooldown":
      return [
        `Look at it yourself: ${last.alert ?? "the alert"} is firing, and nothing was turned down. To turn something down by hand: rollguard rollback --flag NAME --reason "…".`,
        ...(last.rollout === null ? [] : ["The rollout waits for: rollguard resume, or rollguard abort."]),
      ];
    case "held":
      return state.rollout?.id === subject ? ofHold(state.rollout.hold) : [];
    case "blind":
      if (last.alert !== null)
        return [
          "Bring its metrics back: the target answers, and Prometheus cannot read what it says. Nothing else tells how it is: look yourself.",
        ];
      return [
        "Bring its metrics back: the rollout is held until it can be seen, and goes on by itself then.",
      ];
    case "failed":
      return kind === "rollout"
        ? [`Look at rollout ${subject}: it cannot go on; rollguard status tells why.`]
        : [];
    case "truncated":
      return [
        "Set max_alerts: 0 at Rollguard's webhook in alertmanager.yml: what is cut off rolls nothing back by itself.",
      ];
    case "misaddressed":
      return ["Correct the url of the webhook, or the route that leads to it, in alertmanager.yml."];
    case "paused":
      return ["It goes on with: rollguard resume."];
    default:
      return [];
  }
}

function ofHold(hold: Rollout["hold"]): string[] {
  switch (hold?.kind) {
    case "approval":
      return ["It waits for you: rollguard approve, or rollguard abort."];
    case "not_enough":
      return [
        'It waits for more requests, and goes on by itself then; to promote it without them: rollguard approve --reason "…".',
      ];
    case "shared_cause":
      return ["Look for what hits everybody, with the change or without it; nothing is promoted meanwhile."];
    default:
      return [];
  }
}
