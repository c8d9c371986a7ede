import type { EndedAlert } from "./alert.ts";
import { type AlertCase, alertTold } from "./alert-case.ts";
import { keyOf } from "./alert-memory.ts";
import { type Decision, decided, leave } from "./decision.ts";
import { eventOf } from "./rollout-told.ts";
import { formatDuration } from "./time.ts";

/**
 * A firing alert that has begun before it ended, as far as we know, is late news, as from the other one of two
 * Alertmanagers, or a new beginning that kept the old start: evidence decides. Without any it acts, since a trigger is never lost.
 * @returns in words what it is, to be told; a decision where that keeps it from acting; null where it is not late
 */
export function lateFiring(found: AlertCase): string | Decision | null {
  const { state, alert, trigger, evidence, now } = found;
  const ended = state.ended.get(keyOf(alert));
  if (ended === undefined || alert.startsAt > ended.endedAt) return null;
  // Of a rollback that goes on it is no news.
  if (state.rollback !== null && state.rollback.id === ended.rollback) return null;
  if (evidence === "to be asked") return { ...leave("duplicate", trigger.tier), asks: true };
  const ago = formatDuration(Math.max(0, Math.floor((now - ended.heardAt) / 1_000)) * 1_000);
  const old = `it has the start of what had ended ${ago} before`;
  if (evidence === undefined)
    return `${old}, and nobody can be asked whether it fires: taken as a new beginning`;
  if (evidence.isFiring === false)
    return ignored(found, ended, `${old}, and is late news of it: ${evidence.by}`);
  return `${old}, and is taken as a new beginning: ${evidence.by}`;
}

/** Told once. */
function ignored({ alert, trigger, now, actor }: AlertCase, ended: EndedAlert, why: string): Decision {
  const detail = `${alert.name} is not acted on: ${why}`;
  if (ended.isLateTold) return { ...leave("duplicate", trigger.tier), detail };
  const event = eventOf({
    at: now,
    actor,
    reason: "duplicate",
    tier: trigger.tier,
    alert: alertTold(alert),
    detail,
  });
  return decided(event, [{ kind: "ended", key: keyOf(alert), value: { ...ended, isLateTold: true } }], []);
}
