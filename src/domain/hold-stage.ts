import { afterBlindCheck, type Bake } from "./bake.ts";
import { type Decision, decided, note } from "./decision.ts";
import { CLOCK } from "./due.ts";
import { anew } from "./enter-stage.ts";
import type { Gate } from "./gate.ts";
import { readingsOf } from "./judge.ts";
import type { Policy } from "./policy.ts";
import type { HoldKind, Rollout } from "./rollout.ts";
import { eventOf, eventRolloutOf, rolloutMessage } from "./rollout-told.ts";
import type { StateChange } from "./state.ts";
import type { Instant } from "./time.ts";

/** A stage that was looked at. */
export interface Held {
  readonly rollout: Rollout;
  /** As the look leaves it. */
  readonly bake: Bake;
  readonly gate: Gate;
  readonly policy: Policy;
  readonly now: Instant;
}

/** Those that an operator must hear of at once: nothing ends them but more data, or somebody's word. */
const PAGES: readonly HoldKind[] = ["shared_cause", "not_enough"];

/**
 * After a yellow verdict the stage bakes anew, for as long as the gate says; for the others it is only watched, and they
 * are said once.
 */
export function hold(check: Held, kind: HoldKind, why: readonly string[]): Decision {
  const { rollout, gate, policy, bake, now } = check;
  const baking = kind === "yellow" ? anew(bake, rollout, policy, now, gate.holdFor) : bake;
  const noted: StateChange = { kind: "bake", value: baking };
  if (kind !== "yellow" && rollout.hold?.kind === kind && rollout.blind === null) return note(noted);
  const detail = why.join("; ");
  const next: Rollout = {
    ...rollout,
    blind: null,
    hold: { kind, since: now, why },
    lastDecision: { at: now, reason: "held", detail, actor: CLOCK },
  };
  const event = eventOf({
    at: now,
    actor: CLOCK,
    reason: "held",
    detail,
    rollout: eventRolloutOf(next),
    gate: readingsOf(gate, bake, rollout),
  });
  return decided(
    event,
    [{ kind: "rollout", value: next }, noted],
    [rolloutMessage("held", next, event, PAGES.includes(kind))],
  );
}

/** Nothing can be decided on what is missing. */
export function cannotSee(rollout: Rollout, bake: Bake, missing: readonly string[], now: Instant): Decision {
  const noted: StateChange = { kind: "bake", value: afterBlindCheck(bake, missing, now) };
  if (rollout.blind !== null) return note(noted);
  const detail = `blind: ${missing.join("; ")}`;
  const next: Rollout = {
    ...rollout,
    blind: { since: now, missing },
    lastDecision: { at: now, reason: "held", detail, actor: CLOCK },
  };
  const event = eventOf({ at: now, actor: CLOCK, reason: "held", detail, rollout: eventRolloutOf(next) });
  return decided(
    event,
    [{ kind: "rollout", value: next }, noted],
    [rolloutMessage("blind", next, event, true)],
  );
}

/** The stage bakes on: that is said where it was held, and is not any more. */
export function goOn({ rollout, bake, gate, now }: Held): Decision {
  const noted: StateChange = { kind: "bake", value: bake };
  const isShared = rollout.hold?.kind === "shared_cause";
  if (rollout.blind === null && !isShared) return note(noted);
  const detail =
    rollout.blind !== null ? "everything has data again" : "those without the change are not red any more";
  const next: Rollout = {
    ...rollout,
    blind: null,
    hold: isShared ? null : rollout.hold,
    lastDecision: { at: now, reason: "resumed", detail, actor: CLOCK },
  };
  const event = eventOf({
    at: now,
    actor: CLOCK,
    reason: "resumed",
    detail,
    rollout: eventRolloutOf(next),
    gate: readingsOf(gate, bake, rollout),
  });
  const kind = rollout.blind !== null ? "seeing_again" : "resumed";
  return decided(event, [{ kind: "rollout", value: next }, noted], [rolloutMessage(kind, next, event)]);
}
