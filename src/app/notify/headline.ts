import type { Message } from "../../domain/message.ts";
import type { Incident } from "./incident.ts";

/** The one line of it, without the application's name. */
export function headlineOf(incident: Incident, last: Message): string {
  return incident.kind === "rollback" ? ofRollback(incident) : ofMessage(incident, last);
}

const STATUS = {
  open: "Rolled back",
  verified: "Rollback verified",
  unverified: "Rollback not verified",
  failed: "ROLLBACK FAILED",
  ended: "Rollback over",
  info: "Rolled back",
} as const;

function ofRollback({ status, tier, alert, flags, traffic, rollback }: Incident): string {
  const cause = alert?.name ?? (rollback === null ? null : `by ${rollback.startedBy}`);
  const off = flags.length === 0 ? "nothing was left to turn down" : `${count(flags.length, "flag")} down`;
  const moved =
    traffic === null || traffic.before === traffic.after
      ? ""
      : `, traffic ${traffic.before} % → ${traffic.after} %`;
  return `${STATUS[status]} (${tier})${cause === null ? "" : `: ${cause}`}, ${off}${moved}`;
}

const KINDS: Readonly<Partial<Record<Message["kind"], string>>> = {
  storm_breaker: "Rollbacks come too often: nothing more is turned down",
  unrelated: "Not caused by a change: nothing is turned down",
  cooldown: "Fires again after its rollback: nothing is turned down",
  ended: "Over",
  deployed: "Rollout begun",
  promoted: "Next stage",
  held: "Rollout held",
  blind: "Blind: the rollout cannot be seen",
  seeing_again: "Seen again: the rollout goes on",
  paused: "Rollout paused",
  resumed: "Rollout resumed",
  aborted: "Rollout aborted",
  completed: "Rollout completed",
  failed: "Rollout failed",
  flags_changed: "Flags changed by hand",
  truncated: "Alertmanager cuts alerts off",
  misaddressed: "Alerts come to another application's address",
};

function ofMessage({ alert }: Incident, { kind, rollout, detail }: Message): string {
  // Which, and by whom, is all that there is to tell.
  if (kind === "flags_changed" && detail !== null) return detail;
  const what = isUnread(kind, alert) ? UNREAD : (KINDS[kind] ?? kind.replaceAll("_", " "));
  const where =
    rollout === null
      ? ""
      : ` (${rollout.plan}, stage ${rollout.stage} of ${rollout.stages}: ${rollout.name}, ${rollout.status})`;
  return `${what}${where}${alert === null ? "" : `: ${alert.name}`}`;
}

const UNREAD = "Blind: its metrics cannot be read, nothing is turned down";

/** Of a rollout it tells no alert. */
function isUnread(kind: Message["kind"], alert: Incident["alert"]): boolean {
  return kind === "blind" && alert !== null;
}

export function count(number: number, what: string): string {
  return number === 1 ? `1 ${what}` : `${number} ${what}s`;
}
