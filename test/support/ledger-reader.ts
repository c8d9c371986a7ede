import { isDeepStrictEqual } from "node:util";
import type { LedgerEvent } from "../../src/domain/event.ts";
import {
  exposuresOf,
  type FlagPolicies,
  type FlagSetting,
  sameSetting,
  settingsOf,
} from "../../src/domain/flag.ts";
import type { RollbackStatus } from "../../src/domain/rollback.ts";
import { isMoreSevere, type TierName } from "../../src/domain/tier.ts";

/** What is read of an event, as it is stored and as the API tells it. */
export type ToldEvent = Omit<LedgerEvent, "at" | "alert" | "unchanged"> & {
  readonly alert: { readonly fingerprint: string; readonly name: string } | null;
};

export interface ToldRollback {
  readonly id: string;
  readonly tier: TierName;
  readonly status: RollbackStatus;
}

/** Whoever has no name of a person. */
const MACHINES = ["alertmanager", "clock", "reconcile"];

const ENDED = ["completed", "rolled_back", "aborted", "failed"];

/**
 * Reads a ledger from its start, and nothing else: what it comes to know must be what the state says. On the way it sees
 * to it that nobody but an operator has raised anything.
 */
export class LedgerReader {
  readonly settings: Map<string, FlagSetting>;
  readonly alerts = new Set<string>();
  revision = 0;
  rollback: ToldRollback | null = null;
  rollout: ToldEvent["rollout"] = null;
  readonly #flags: FlagPolicies;
  /** The last rollback that has ended: an alert of it may come back. */
  #last: ToldRollback | null = null;
  /** The rollout that an operator has started and nothing has ended: its promotions are the operator's word. */
  #deployed: string | null = null;

  constructor(flags: FlagPolicies) {
    this.#flags = flags;
    this.settings = settingsOf(flags, new Map());
  }

  /** @throws Error when the event does not follow from those before it, or raises what only an operator may raise */
  read(event: ToldEvent): void {
    this.revision += 1;
    must(event.revision === this.revision, `event ${event.revision} is number ${this.revision}`);
    this.#readRollout(event);
    this.#readFlags(event);
    this.#readRollback(event);
  }

  #readFlags({ flags, actor, reason, rollout, revision }: ToldEvent): void {
    const before = exposuresOf(this.#flags, this.settings);
    for (const { flag, before: told, after } of flags) {
      const known = this.settings.get(flag);
      must(known !== undefined && sameSetting(known, told), `event ${revision}: ${flag} was something else`);
      this.settings.set(flag, after);
    }
    const isOperators = !MACHINES.includes(actor);
    const isPromotion = reason === "promoted" && rollout !== null && rollout.id === this.#deployed;
    if (isOperators || isPromotion) return;
    const after = exposuresOf(this.#flags, this.settings);
    for (const [key, { kind }] of this.#flags)
      must(
        kind === "kill-switch" || share(after, key) <= share(before, key),
        `event ${revision}: ${actor} has raised ${key} by ${reason}`,
      );
  }

  #readRollout({ rollout, actor, reason }: ToldEvent): void {
    if (rollout === null) return;
    this.rollout = rollout;
    if (reason === "promoted" && !MACHINES.includes(actor)) this.#deployed = rollout.id;
    else if (ENDED.includes(rollout.status)) this.#deployed = null;
  }

  #readRollback({ reason, rollback: id, tier, alert, ended, revision }: ToldEvent): void {
    const key = alert && `${alert.fingerprint}:${alert.name}`;
    if (id === null) {
      // What was kept back is waited for by no rollback.
      return;
    }
    if (reason === "absorbed" && this.rollback === null) {
      must(this.#last?.id === id, `event ${revision}: only the last rollback goes on`);
      this.rollback = { ...this.#last, status: "verified" };
    }
    const open = this.rollback;
    const isOpen = open !== null && open.id === id;
    if (reason === "rolled_back" || reason === "already_rolled_back") {
      must(open === null && tier !== null, `event ${revision}: a rollback begins while one is open`);
      this.rollback = { id, tier, status: "verifying" };
    } else if (isOpen) {
      const isMore = reason === "escalated" && tier !== null && isMoreSevere(tier, open.tier);
      const status = statusAfter(reason, open.status);
      this.rollback = { id, tier: isMore ? tier : open.tier, status };
    } else must(reason === "approved", `event ${revision}: ${reason} of a rollback that is not open`);
    if (key !== null && reason === "resolved") this.alerts.delete(key);
    else if (key !== null) this.alerts.add(key);
    if (!ended) return;
    must(isOpen, `event ${revision}: a rollback ends that is not open`);
    this.#last = this.rollback;
    this.rollback = null;
    this.alerts.clear();
  }

  /** @throws Error when that is not what the ledger tells */
  mustTell(told: {
    readonly revision: number;
    readonly settings: ReadonlyMap<string, FlagSetting>;
    readonly rollback: ToldRollback | null;
    readonly alerts: ReadonlySet<string>;
  }): void {
    const same = (part: keyof typeof told): void =>
      must(
        isDeepStrictEqual(this[part], told[part]),
        `the ledger tells another ${part}: ${show(this[part])}, not ${show(told[part])}`,
      );
    for (const part of ["revision", "settings", "rollback", "alerts"] as const) same(part);
  }
}

function statusAfter(reason: ToldEvent["reason"], status: RollbackStatus): RollbackStatus {
  switch (reason) {
    case "escalated":
    case "reopened":
      return "verifying";
    case "absorbed":
      return status === "verified" ? "verifying" : status;
    case "verified":
      return "verified";
    case "unverified":
      return "unverified";
    case "verification_failed":
      // Where another tier was left, the same commit goes on to tell of its escalation.
      return "failed";
    default:
      return status;
  }
}

function share(exposures: ReadonlyMap<string, number>, key: string): number {
  return exposures.get(key) ?? 0;
}

function show(value: unknown): string {
  return JSON.stringify(value instanceof Map || value instanceof Set ? [...value] : value);
}

function must(holds: boolean, law: string): asserts holds {
  if (!holds) throw new Error(law);
}
