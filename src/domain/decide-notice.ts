import type { NoticeCommand } from "./command.ts";
import { type Decision, decided, leave } from "./decision.ts";
import { eventOf } from "./rollout-told.ts";
import type { ApplicationState } from "./state.ts";
import type { Duration, Instant } from "./time.ts";

/** It comes again with every repetition of the alert; who has not mended it in a day is told again. */
const TOLD_AGAIN_AFTER: Duration = 24 * 3_600_000;
/** What it is about is outside text: of so many things of each kind people are told in a day. */
const MAX_NOTICES = 20;

/** Tells people, once, that something is wrong with the way by which alerts come. */
export function decideNotice(
  { notices }: ApplicationState,
  { reason, about, detail }: NoticeCommand,
  now: Instant,
): Decision {
  const known = notices.filter(({ at }) => now - at < TOLD_AGAIN_AFTER);
  // Many addresses that are wrong must not hide that alerts are cut off.
  const ofKind = known.filter((one) => one.reason === reason);
  if (ofKind.length >= MAX_NOTICES || ofKind.some((one) => one.about === about))
    return { ...leave(reason), detail };
  const event = eventOf({ at: now, actor: "alertmanager", reason, detail });
  const message = {
    subject: `${reason}-${now.toString(36)}`,
    kind: reason,
    at: now,
    tier: null,
    alert: null,
    flags: [],
    rollout: null,
    detail,
    page: false,
  };
  return decided(event, [{ kind: "notices", value: [...known, { reason, about, at: now }] }], [message]);
}
