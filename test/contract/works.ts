import type { StateStore, StoreObserver, Work } from "../../src/app/ports.ts";
import type { EventBody } from "../../src/domain/event.ts";
import type { FlagState } from "../../src/domain/flag.ts";
import type { Message } from "../../src/domain/message.ts";
import type { ApplicationState } from "../../src/domain/state.ts";

export const NOTHING: Work = { changes: [], events: [], messages: [] };

export function event(actor: string, at = 0): EventBody {
  return {
    at,
    actor,
    reason: "rolled_back",
    rollback: "r1",
    tier: "safe-state",
    alert: null,
    flags: [],
    traffic: { before: 30, after: 0 },
    ended: false,
    rollout: null,
    gate: [],
    detail: null,
    unchanged: [],
  };
}

export function message(subject: string, at = 0): Message {
  return {
    subject,
    kind: "rolled_back",
    at,
    tier: "phase",
    alert: "ErrorRateSpike",
    flags: [],
    rollout: null,
    detail: null,
    page: false,
  };
}

export function flagState(rolloutPercentage: number): FlagState {
  return {
    enabled: rolloutPercentage > 0,
    rolloutPercentage,
    updatedAt: 1,
    updatedBy: "somebody",
    quarantinedBy: null,
  };
}

export function counterOf(state: ApplicationState): number {
  return state.flags.get("counter")?.updatedAt ?? 0;
}

/**
 * Adds one to a counter in the state, and tells so with two events and a message: whatever is lost, torn or comes
 * in between shows afterwards.
 * @param percent sets another flag to it
 */
export function count(actor: string, percent?: number): (state: ApplicationState) => Work {
  return (state) => {
    const next = counterOf(state) + 1;
    return {
      changes: [
        { kind: "flag", key: "counter", value: { ...flagState(0), updatedAt: next } },
        ...(percent === undefined
          ? []
          : [{ kind: "flag" as const, key: "feature", value: flagState(percent) }]),
      ],
      events: [event(actor, next), event(actor, next)],
      messages: [message(`r${next}`, next)],
    };
  };
}

export function notesIn(state: ApplicationState): number {
  return state.watchdog ?? 0;
}

/** Adds one to what was noted, and tells nobody: a note that is lost, or comes in between, shows afterwards. */
export function note(state: ApplicationState): Work {
  return { ...NOTHING, changes: [{ kind: "watchdog", value: notesIn(state) + 1 }] };
}

/** What `count` leaves behind, and trimming of it, checked for gaps and tears; the messages are claimed by this. */
export async function countedIn(store: StateStore, application: string): Promise<number> {
  const state = await store.read(application);
  const counted = counterOf(state);
  const events = await store.events(application, { limit: 100_000 });
  const { trimmed } = await store.ledger(application);
  const messages = await store.outbox.claim(application, { lease: 60_000, limit: 100_000 });
  const problems = [
    ...(state.revision === 2 * counted ? [] : [`revision ${state.revision} of ${counted} steps`]),
    ...(trimmed + events.length === 2 * counted
      ? []
      : [`${trimmed} + ${events.length} events of ${counted} steps`]),
    ...(messages.length === counted ? [] : [`${messages.length} messages of ${counted} steps`]),
    ...events.flatMap(({ revision, at, actor }, index) => {
      const right = revision === trimmed + index + 1 && at === Math.ceil(revision / 2);
      const twin = events[revision % 2 === 1 ? index : Math.max(0, index - 1)];
      return right && actor === twin?.actor
        ? []
        : [`event ${trimmed + index + 1} is ${revision}, of step ${at}`];
    }),
    ...messages.flatMap(({ id, message: { at } }, index) =>
      at === index + 1 && id === `${2 * at}-0` ? [] : [`message ${index + 1} is ${id}, of step ${at}`],
    ),
  ];
  if (problems.length > 0) throw new Error(problems.slice(0, 10).join("\n"));
  return counted;
}

export interface CountingObserver extends StoreObserver {
  readonly conflicts: number;
  readonly waits: readonly number[];
  readonly transactions: readonly number[];
}

export function countingObserver(): CountingObserver {
  const waits: number[] = [];
  const transactions: number[] = [];
  let conflicts = 0;
  return {
    waits,
    transactions,
    get conflicts() {
      return conflicts;
    },
    lockWaited: (seconds) => void waits.push(seconds),
    transacted: (seconds) => void transactions.push(seconds),
    conflicted: () => void conflicts++,
  };
}
