import type { EventBody, EventRollout } from "./event.ts";
import type { Message, MessageKind } from "./message.ts";
import { type Rollout, stageOf, statusOf } from "./rollout.ts";

/** A rollout as events and messages tell of it. */
export function eventRolloutOf(rollout: Rollout): EventRollout {
  const { id, plan, stage } = rollout;
  return {
    id,
    plan: plan.name,
    stage: stage + 1,
    stages: plan.stages.length,
    name: stageOf(rollout).name,
    status: statusOf(rollout),
  };
}

type Told = Pick<EventBody, "at" | "actor" | "reason" | "detail"> & Partial<EventBody>;

/** An event with nothing in it but what is said. */
export function eventOf(told: Told): EventBody {
  return {
    rollback: null,
    tier: null,
    alert: null,
    flags: [],
    traffic: null,
    ended: false,
    rollout: null,
    gate: [],
    unchanged: [],
    ...told,
  };
}

/** The message to an event of a rollout. */
export function rolloutMessage(
  kind: MessageKind,
  rollout: Rollout,
  { at, flags, detail }: EventBody,
  page = false,
): Message {
  return {
    subject: rollout.id,
    kind,
    at,
    tier: null,
    alert: null,
    flags,
    rollout: eventRolloutOf(rollout),
    detail,
    page,
  };
}

/** For those who follow the rollout: something else has ended it, and what they were told of it last is not true any more. */
export function endOfRollout(rollout: EventRollout | null, { at, detail }: EventBody): readonly Message[] {
  if (rollout === null) return [];
  const told = { subject: rollout.id, kind: "aborted", at, tier: null, alert: null } as const;
  return [{ ...told, flags: [], rollout, detail, page: false }];
}
