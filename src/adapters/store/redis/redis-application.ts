import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Committed, Work } from "../../../app/ports.ts";
import { RollguardError } from "../../../domain/errors.ts";
import type { IsKillSwitch } from "../../../domain/keeps-down.ts";
import { laneOf } from "../../../domain/message.ts";
import type { ApplicationState } from "../../../domain/state.ts";
import { fieldsOf } from "../fields.ts";
import { Turns } from "../turns.ts";
import { hasEffect } from "../work.ts";
import { ApplicationClock } from "./application-clock.ts";
import { type Keys, keysOf } from "./keys.ts";
import type { Locked } from "./locked.ts";
import { Loss } from "./loss.ts";
import { pauseBefore } from "./pause-before.ts";
import type { RedisApplicationOptions } from "./redis-application-options.ts";
import { type RedisState, STATE, stateFrom, versionOf } from "./redis-state.ts";
import { type Known, rejoin, restore, type Seen, type Transaction } from "./rejoin.ts";
import type { Script } from "./script.ts";
import { ACQUIRE } from "./scripts/acquire.ts";
import { COMMIT } from "./scripts/commit.ts";
import { PROBE } from "./scripts/probe.ts";
import { READ } from "./scripts/read.ts";
import { RELEASE } from "./scripts/release.ts";
import { SET_ASIDE } from "./scripts/set-aside.ts";

/** One application's part of Redis, and what this process remembers of it. */
export class RedisApplication {
  readonly keys: Keys;
  readonly clock = new ApplicationClock();
  readonly isKillSwitch: IsKillSwitch;
  readonly #options: RedisApplicationOptions;
  /** Transactions of one process wait here for each other, not at Redis. */
  readonly #turns = new Turns();
  #epoch: string;
  /** The newest commit that this process knows of. */
  #seen: Seen;
  #cached: RedisState | undefined;

  constructor(options: RedisApplicationOptions) {
    this.keys = keysOf(options.application);
    this.#options = options;
    this.isKillSwitch = options.isKillSwitch;
    const { epoch = "", ...seen } = options.known ?? { revision: 0, stamp: "" };
    this.#epoch = epoch;
    this.#seen = seen;
  }

  /**
   * Whether what was known here is not there any more, or what is there does not belong together.
   * @throws RollguardError `store_unavailable`
   */
  async hasLost(): Promise<boolean> {
    const [code] = await this.#send(READ, [], [""]);
    if (code !== "state") return true;
    this.#options.loss.over(this.#options.application);
    return false;
  }

  /** Puts what is left there where it can be looked at, and is in nobody's way. */
  async setAside(): Promise<void> {
    const { meta, state, events, outbox, claims, receipts } = this.keys;
    await this.#options.connection.run(SET_ASIDE, [meta, state, events, outbox, claims, receipts], []);
  }

  async read(): Promise<ApplicationState> {
    const lost = this.#options.loss.of(this.#options.application);
    if (lost !== undefined && (await this.#lookAgain(lost)) !== null) throw lost;
    const sentAt = performance.now();
    const cached = this.#cached;
    const version = cached?.version;
    const [code, ...rest] = await this.ask(READ, [], [version ?? ""]);
    this.#learn(rest[0]);
    if (code === "cached" && cached !== undefined) {
      this.clock.read(rest.slice(1), sentAt);
      return cached.copy();
    }
    const read = this.#stateFrom(rest);
    this.clock.read(rest.slice(STATE), sentAt);
    // A transaction may have gone on from the cache in the meantime; then that is as new as this, or newer.
    if (this.#cached === cached && cached?.version === version) this.#cached = read;
    return read.copy();
  }

  transact<W extends Work>(work: Transaction<W>): Promise<Committed<W>> {
    const start = performance.now();
    return this.#turns.take(() => this.#transact(work, start));
  }

  /**
   * Tries all that a commit does, without waiting for those that are under way.
   * @throws RollguardError `store_unavailable`
   */
  async probe(): Promise<void> {
    const [string, hash, stream, channel] = this.keys.probe;
    const { waitReplicas } = this.#options;
    const args = [randomUUID(), channel];
    const [, epoch] = await this.ask(PROBE, [string, hash, stream], args, waitReplicas);
    this.#learn(epoch);
  }

  /** Resolves when no transaction is under way. */
  idle(): Promise<void> {
    return this.#turns.idle();
  }

  /**
   * Runs a script behind `CHECK_DATA`: its own keys and arguments come behind those.
   * @returns the answer, of which the first part is its code
   * @throws RollguardError `store_unavailable`
   */
  async ask(
    script: Script,
    keys: readonly string[],
    args: readonly (string | number)[],
    replicas = 0,
  ): Promise<readonly unknown[]> {
    const { loss, application } = this.#options;
    loss.check(application);
    const seen = this.#seen;
    const answer = await this.#send(script, keys, args, replicas);
    const [code, revision] = answer;
    if (code === "lost" || code === "torn") throw loss.noticed(application, code);
    if (code === "rewritten") throw loss.noticed(application, { seen: seen.revision, now: Number(revision) });
    return answer;
  }

  async #send(
    script: Script,
    keys: readonly string[],
    args: readonly (string | number)[],
    replicas = 0,
  ): Promise<readonly [code: string, ...unknown[]]> {
    const { meta, state, events, outbox, claims, receipts } = this.keys;
    return (await this.#options.connection.run(
      script,
      [...[meta, state, events, outbox, claims, receipts].slice(0, script.looksAt), ...keys],
      [this.#epoch, this.#seen.revision, this.#seen.stamp, ...args],
      replicas,
    )) as [code: string, ...unknown[]];
  }

  get known(): Known {
    return { epoch: this.#epoch, seen: this.#seen, state: this.#cached };
  }

  goOnFrom({ seen, state }: Known): void {
    this.#seen = seen;
    this.#cached = state;
    this.#options.loss.over(this.#options.application);
  }

  /**
   * After a loss: goes on once the commit that was seen is there again, or what it had turned down is down all the same.
   * @returns where neither is so, one that knows only what is there now
   * @throws RollguardError `store_unavailable` where nobody may go on from what is there
   */
  async #lookAgain(lost: RollguardError): Promise<RedisApplication | null> {
    const [code] = await this.#send(READ, [], [""]);
    if (code === "state") this.#options.loss.over(this.#options.application);
    else if (code === "rewritten") {
      const stranger = new RedisApplication({ ...this.#options, known: undefined, loss: new Loss() });
      if (!(await rejoin(this, stranger, lost))) return stranger;
    } else throw lost;
    return null;
  }

  async #transact<W extends Work>(work: Transaction<W>, start: number): Promise<Committed<W>> {
    const { application, loss, observer, waitReplicas } = this.#options;
    const lost = loss.of(application);
    const stranger = lost === undefined ? null : await this.#lookAgain(lost);
    if (lost !== undefined && stranger !== null) return await restore(this, stranger, work, lost);
    for (;;) {
      const locked = await this.#acquire(start);
      const { state } = locked;
      const base = state.revision;
      const [wanted, effect] = this.#run(work, locked);
      if (effect && !(await this.#commit(locked, wanted))) {
        observer.conflicted();
        continue;
      }
      if (!effect) {
        const released = this.#release(locked.token);
        // What is known already may be so by a commit that was not answered because it had not come to the replicas.
        if (waitReplicas > 0) await released;
        else released.catch(() => undefined);
      }
      observer.transacted((performance.now() - start) / 1000);
      return { work: wanted, base, revision: base + wanted.events.length };
    }
  }

  #run<W extends Work>(work: Transaction<W>, { token, state, times }: Locked): [wanted: W, effect: boolean] {
    try {
      const wanted = work(state, times.now);
      return [wanted, hasEffect(wanted)];
    } catch (error) {
      // Should it not arrive, then the lock runs out.
      this.#release(token).catch(() => undefined);
      throw error;
    }
  }

  async #acquire(start: number): Promise<Locked> {
    const { observer, lockTtl, lockTimeout, application } = this.#options;
    for (let attempt = 0; ; attempt++) {
      const left = start + lockTimeout - performance.now();
      if (left <= 0) {
        throw new RollguardError(
          "lock_timeout",
          `the lock of "${application}" was not free in ${lockTimeout} ms`,
        );
      }
      const token = randomUUID();
      const known = this.#cached;
      const sentAt = performance.now();
      const [code, ...rest] = await this.ask(
        ACQUIRE,
        [this.keys.lock],
        [token, lockTtl, known?.version ?? ""],
      );
      if (code !== "locked") {
        this.#learn(rest[0]);
        observer.lockWaited((performance.now() - start) / 1000);
        if (code === "cached" && known !== undefined)
          return { token, state: known, times: this.clock.read(rest.slice(1), sentAt) };
        this.#cached = this.#stateFrom(rest);
        return { token, state: this.#cached, times: this.clock.read(rest.slice(STATE), sentAt) };
      }
      observer.conflicted();
      await delay(Math.min(pauseBefore(attempt), Number(rest[0]) + 1, left));
    }
  }

  /** @returns false when it was refused: somebody else may hold the lock by now */
  async #commit({ token, state, times }: Locked, { changes, events, messages }: Work): Promise<boolean> {
    const { lock, changes: channel } = this.keys;
    const { unheard } = this.#options;
    const set: string[] = events.length > 0 ? ["stamp", token] : [];
    const gone: string[] = [];
    for (const [name, json] of fieldsOf(changes)) {
      if (json === null) gone.push(name);
      else set.push(name, json);
    }
    const revision = state.revision + events.length;
    const [code, unannounced] = await this.ask(
      COMMIT,
      [lock],
      [
        token,
        state.revision,
        channel,
        events.length,
        set.length / 2,
        gone.length,
        messages.length,
        times.now,
        times.clock,
        ...events.map((event) => JSON.stringify(event)),
        ...set,
        ...gone,
        ...messages.flatMap((message) => [laneOf(message), JSON.stringify(message)]),
      ],
      this.#options.waitReplicas,
    );
    if (code !== "committed") {
      this.#cached = undefined;
      return false;
    }
    if (unannounced !== "") unheard(String(unannounced));
    state.commit(changes, revision, events.length > 0 ? versionOf(token) : versionOf(state.stamp, token));
    this.#cached = state;
    if (events.length > 0) {
      state.stamp = token;
      this.#saw({ revision, stamp: token });
    }
    return true;
  }

  async #release(token: string): Promise<void> {
    const { connection, waitReplicas } = this.#options;
    await connection.run(RELEASE, [this.keys.lock], [token], waitReplicas);
  }

  /** As soon as there is one: what was empty when it was first met is missed too. */
  #learn(epoch: unknown): void {
    if (epoch !== "") this.#epoch = String(epoch);
  }

  #stateFrom(answer: readonly unknown[]): RedisState {
    const state = stateFrom(answer);
    this.#saw({ revision: state.revision, stamp: state.stamp });
    return state;
  }

  /** Answers may come late: what is older than what was seen since says nothing. */
  #saw(seen: Seen): void {
    if (seen.revision > this.#seen.revision) this.#seen = seen;
  }
}
