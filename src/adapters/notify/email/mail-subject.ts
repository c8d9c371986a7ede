import type { Incident } from "../../../app/notify/incident.ts";
import type { Message, MessageKind } from "../../../domain/message.ts";
import { oneLine } from "./one-line.ts";

/** Clients cut what is longer. */
const MAX_SUBJECT = 160;
const MAX_NAME = 60;

const KINDS: Readonly<Partial<Record<MessageKind, string>>> = {
  storm_breaker: "NOT ROLLED BACK, too many rollbacks",
  unrelated: "NOT ROLLED BACK, not caused by a change",
  cooldown: "NOT ROLLED BACK, too soon after the last one",
  blind: "BLIND",
  seeing_again: "BLIND",
  flags_changed: "FLAGS CHANGED",
  truncated: "ALERTS CUT OFF",
};

/**
 * The subject of an incident's first mail. The others repeat it, since clients take a mail with another subject for another
 * conversation; but that nothing has helped, or that nobody can see it, must not look like what it was before.
 */
export function mailSubject(incident: Incident, first: Message): string {
  return subjectLine(incident, about(incident, first));
}

/** Whether a mail needs a subject of its own, however the conversation is called. */
export function isWorse({ kind, status }: Pick<Incident, "kind" | "status">): boolean {
  return kind === "rollback" && (status === "failed" || status === "unverified");
}

/** `[Genesis] …`, on one line whatever is in it. */
export function subjectLine({ title }: Pick<Incident, "title">, text: string): string {
  return oneLine(`[${oneLine(title, MAX_NAME)}] ${text}`, MAX_SUBJECT);
}

function about({ tier, alert, rollback, ...rest }: Incident, first: Message): string {
  const { kind } = rest;
  const name = alert?.name ?? null;
  if (kind === "rollback") {
    const cause = name ?? (rollback === null ? null : `by ${rollback.startedBy}`);
    const depth = isWorse(rest) ? tier : (first.tier ?? tier);
    if (rest.status === "failed") return withCause(`ROLLBACK FAILED (${depth})`, cause);
    if (rest.status === "unverified") return withCause(`ROLLBACK NOT VERIFIED (${depth})`, cause);
    return withCause(depth === null ? "ROLLED BACK" : `ROLLED BACK (${depth})`, cause);
  }
  if (kind === "rollout") return withCause("ROLLOUT", first.rollout?.plan ?? null);
  return withCause(KINDS[first.kind] ?? first.kind.replaceAll("_", " ").toUpperCase(), name);
}

function withCause(what: string, cause: string | null): string {
  return cause === null ? what : `${what}: ${cause}`;
}
