import type { EndedAlert, FiringAlert, KeptAlert, Pulse } from "./alert.ts";
import type { Backup } from "./backup.ts";
import type { Bake } from "./bake.ts";
import type { FlagState, Raise, Settings } from "./flag.ts";
import type { Notice } from "./notice.ts";
import type { PastRollback, Rollback } from "./rollback.ts";
import type { Rollout } from "./rollout.ts";
import type { Storm } from "./storm.ts";
import type { Summary } from "./summary.ts";
import type { Instant } from "./time.ts";
import type { Unchanged } from "./unchanged.ts";
import type { Verification } from "./verification.ts";

/**
 * All that is known of one application. Only what was ever changed is kept: a flag that is not in `flags`
 * stands at its policy's default.
 */
export interface ApplicationState {
  /** Number of the last event; 0 before the first. Every change is one event, so it is also the fencing token. */
  readonly revision: number;
  readonly flags: ReadonlyMap<string, FlagState>;
  /** When each flag was last raised, as far as it ever was. */
  readonly raised: ReadonlyMap<string, Raise>;
  /** What the open rollback waits for, by fingerprint and name. */
  readonly alerts: ReadonlyMap<string, FiringAlert>;
  /** Alerts that fire, call for a rollback, and are waited for by none; by fingerprint and name. */
  readonly kept: ReadonlyMap<string, KeptAlert>;
  /** How alerts of either go on, as far as that is no event; by fingerprint and name. */
  readonly pulses: ReadonlyMap<string, Pulse>;
  /** Alerts that have ended, so that late news of them are known as such; by fingerprint and name. */
  readonly ended: ReadonlyMap<string, EndedAlert>;
  /** The open rollback; null when every alert has resolved. */
  readonly rollback: Rollback | null;
  /** How far its verification has come. */
  readonly verification: Verification | null;
  /** The last rollbacks that have ended, oldest first. */
  readonly past: readonly PastRollback[];
  /** Rollbacks come too often; null while they do not. */
  readonly storm: Storm | null;
  /** What the flags were when the previous stage was promoted. */
  readonly snapshot: Settings | null;
  /** The rollout that runs, or the last one; null before the first. */
  readonly rollout: Rollout | null;
  /** How the stage's bake stands; null when no rollout is active. */
  readonly bake: Bake | null;
  /** What stood before the last deploy. */
  readonly backup: Backup | null;
  /** When the Watchdog was last heard, by any responder. */
  readonly watchdog: Instant | null;
  /** What was decided since the last event and changed nothing, counted. */
  readonly unchanged: readonly Unchanged[];
  /** The last daily summary; null before the first. */
  readonly summary: Summary | null;
  /** What people were told lately of the way by which alerts come. */
  readonly notices: readonly Notice[];
}

/** One field of the state and its new value; null removes it. */
export type StateChange =
  | { readonly kind: "flag"; readonly key: string; readonly value: FlagState }
  | { readonly kind: "raised"; readonly key: string; readonly value: Raise }
  | { readonly kind: "alert"; readonly key: string; readonly value: FiringAlert | null }
  | { readonly kind: "kept"; readonly key: string; readonly value: KeptAlert | null }
  | { readonly kind: "pulse"; readonly key: string; readonly value: Pulse | null }
  | { readonly kind: "ended"; readonly key: string; readonly value: EndedAlert | null }
  | { readonly kind: "rollback"; readonly value: Rollback | null }
  | { readonly kind: "verification"; readonly value: Verification | null }
  | { readonly kind: "past"; readonly value: readonly PastRollback[] }
  | { readonly kind: "storm"; readonly value: Storm | null }
  | { readonly kind: "snapshot"; readonly value: Settings | null }
  | { readonly kind: "rollout"; readonly value: Rollout | null }
  | { readonly kind: "bake"; readonly value: Bake | null }
  | { readonly kind: "backup"; readonly value: Backup | null }
  | { readonly kind: "watchdog"; readonly value: Instant | null }
  | { readonly kind: "unchanged"; readonly value: readonly Unchanged[] }
  | { readonly kind: "summary"; readonly value: Summary | null }
  | { readonly kind: "notices"; readonly value: readonly Notice[] };

const NOTES: readonly StateChange["kind"][] = [
  "bake",
  "verification",
  "watchdog",
  "unchanged",
  "summary",
  "pulse",
];

/**
 * What may change without an event, because it only notes what was seen: the revision stays, so that clients do not
 * ask again and nobody's `If-Match` fails for a check that decided nothing.
 */
export function isNote({ kind }: StateChange): boolean {
  return NOTES.includes(kind);
}

/** A state that may be written in place: a store's own copy, or a draft. */
export interface WritableState {
  readonly flags: WritableMap<FlagState>;
  readonly raised: WritableMap<Raise>;
  readonly alerts: WritableMap<FiringAlert>;
  readonly kept: WritableMap<KeptAlert>;
  readonly pulses: WritableMap<Pulse>;
  readonly ended: WritableMap<EndedAlert>;
  rollback: Rollback | null;
  verification: Verification | null;
  past: readonly PastRollback[];
  storm: Storm | null;
  snapshot: Settings | null;
  rollout: Rollout | null;
  bake: Bake | null;
  backup: Backup | null;
  watchdog: Instant | null;
  unchanged: readonly Unchanged[];
  summary: Summary | null;
  notices: readonly Notice[];
}

interface WritableMap<V> {
  set(key: string, value: V): unknown;
  delete(key: string): unknown;
}

export function writeChange(state: WritableState, change: StateChange): void {
  switch (change.kind) {
    case "flag":
      state.flags.set(change.key, change.value);
      break;
    case "raised":
      state.raised.set(change.key, change.value);
      break;
    case "alert":
      write(state.alerts, change);
      break;
    case "kept":
      write(state.kept, change);
      break;
    case "pulse":
      write(state.pulses, change);
      break;
    case "ended":
      write(state.ended, change);
      break;
    case "rollback":
      state.rollback = change.value;
      break;
    case "verification":
      state.verification = change.value;
      break;
    case "past":
      state.past = change.value;
      break;
    case "storm":
      state.storm = change.value;
      break;
    case "snapshot":
      state.snapshot = change.value;
      break;
    case "rollout":
      state.rollout = change.value;
      break;
    case "bake":
      state.bake = change.value;
      break;
    case "backup":
      state.backup = change.value;
      break;
    case "watchdog":
      state.watchdog = change.value;
      break;
    case "unchanged":
      state.unchanged = change.value;
      break;
    case "summary":
      state.summary = change.value;
      break;
    case "notices":
      state.notices = change.value;
      break;
  }
}

function write<V>(
  map: WritableMap<V>,
  { key, value }: { readonly key: string; readonly value: V | null },
): void {
  if (value === null) map.delete(key);
  else map.set(key, value);
}

export function emptyState(): ApplicationState {
  return {
    revision: 0,
    flags: new Map(),
    raised: new Map(),
    alerts: new Map(),
    kept: new Map(),
    pulses: new Map(),
    ended: new Map(),
    rollback: null,
    verification: null,
    past: [],
    storm: null,
    snapshot: null,
    rollout: null,
    bake: null,
    backup: null,
    watchdog: null,
    unchanged: [],
    summary: null,
    notices: [],
  };
}
