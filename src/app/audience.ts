import type { Duration, Instant } from "../domain/time.ts";
import type { Clock } from "./ports.ts";

/** How many have the flags as they are now, and how many do not. */
export interface ClientCount {
  readonly current: number;
  readonly stale: number;
}

/** How one change of flags reached those who listened here when it came. */
export interface Wave {
  /** The revision that was told, and the one before it. */
  readonly revision: number;
  readonly before: number;
  /** Streams that were open then, without those that have closed since. */
  readonly clients: number;
  /** Those of them whose client has asked. */
  readonly reached: number;
  /** Clients that asked here on a change they were told of elsewhere. */
  readonly elsewhere: number;
  /** When the last of them asked; null: nobody has. */
  readonly at: Instant | null;
}

/** An answer to a client, as far as it matters here. */
export interface Fetched {
  /** The same for the same client: of application, credential and evaluation context. */
  readonly clientKey: string;
  readonly revision: number;
  /** It asked because a stream told it to. */
  readonly told?: boolean;
}

export interface Connection {
  /** It may have missed a change: it is to be told at once. */
  readonly behind: boolean;
  /** Of all that listen with its key: how many were told, and have not asked here since. */
  stillBehind(): number;
  /** It is hung up on, and comes back: the changes that it was told of still wait for it. */
  hangUp(): void;
  leave(): void;
}

/** Who was not reached by then counts as not reached; a client that polls asks every half minute or so. */
export const WAVE_WAITS: Duration = 10_000;
/** Who has not asked by then after it was told is hung up on, comes back, is told again, and asks again. */
export const ASKS_WITHIN: Duration = 3_000;
/** A client that polls and has not come for so long has gone. */
const FORGET_AFTER: Duration = 300_000;
/** Who was answered before a change and listens only after it does so within this time. */
const LOADS_WITHIN: Duration = 300_000;
/** Clients that poll and are remembered, the latest ones. */
const MAX_POLLERS = 10_000;
/** Changes whose way is followed at the same time; the oldest is told as it stands when another comes. */
const MAX_WAVES = 8;

/** Clients with one key, since they have the same credential and context: told apart by their number only. */
interface Listener {
  streams: number;
  /** Those of them that have not asked for the flags as they are now. */
  behind: number;
  /** What was last answered to one of them here; null: nothing yet. */
  revision: number | null;
}

interface Poller {
  readonly revision: number;
  readonly seenAt: Instant;
  /** An older revision was answered to this key before: perhaps to somebody else. */
  readonly hadOlder: boolean;
}

interface RunningWave extends Wave {
  clients: number;
  reached: number;
  elsewhere: number;
  at: Instant | null;
  /** By key: how many have not asked. */
  readonly missing: Map<string, number>;
  readonly toldAt: Instant;
  /** The keys of those that asked here and listen elsewhere. */
  readonly asking: Set<string>;
  readonly timer: NodeJS.Timeout;
  isTold: boolean;
}

interface AudienceOptions {
  /** Of the flags as they are served now. */
  readonly revision: number;
  readonly clock: Clock;
  /** Called when a change has reached everybody, and again when more became known until the waiting is over. */
  readonly report: (wave: Wave) => void;
}

/** The clients of one application at this responder: who listens, who polls, and what each has fetched. */
export class Audience {
  readonly #clock: Clock;
  readonly #report: (wave: Wave) => void;
  #revision: number;
  #changedAt: Instant | null = null;
  readonly #listeners = new Map<string, Listener>();
  /** The longest unseen first. */
  readonly #pollers = new Map<string, Poller>();
  #waves: RunningWave[] = [];

  constructor({ revision, clock, report }: AudienceOptions) {
    this.#revision = revision;
    this.#clock = clock;
    this.#report = report;
  }

  get revision(): number {
    return this.#revision;
  }

  /**
   * A client listens from now on.
   * @param again it did before: to have been told is not to have, the request that followed may have failed
   */
  connect(clientKey: string, again: boolean): Connection {
    const known = this.#listeners.get(clientKey);
    const poller = this.#pollers.get(clientKey);
    const revision = known?.revision ?? poller?.revision ?? null;
    const listener = known ?? { streams: 0, behind: 0, revision };
    this.#listeners.set(clientKey, listener);
    this.#pollers.delete(clientKey);
    // What was fetched elsewhere is not known; and what was fetched here may be another's, who has the same key.
    const mayBeOthers = this.#hasJustChanged() && (known !== undefined || poller?.hadOlder === true);
    const behind = again || revision === null || revision < this.#revision || mayBeOthers;
    listener.streams += 1;
    if (behind) listener.behind += 1;
    let isHere = true;
    let comesBack = false;
    return {
      behind,
      stillBehind: () => listener.behind,
      hangUp: () => {
        comesBack = true;
      },
      leave: () => {
        if (isHere) this.#leave(clientKey, listener, comesBack);
        isHere = false;
      },
    };
  }

  fetched({ clientKey, revision, told = false }: Fetched): void {
    const listener = this.#listeners.get(clientKey);
    if (listener !== undefined) {
      listener.revision = revision;
      // Where several have one key, a page that is just being loaded does not ask for another one.
      const isTheirs = told || listener.streams === 1;
      if (isTheirs && revision >= this.#revision && listener.behind > 0) listener.behind -= 1;
    } else {
      const before = this.#pollers.get(clientKey);
      const hadOlder = before !== undefined && (before.hadOlder || before.revision < revision);
      this.#pollers.delete(clientKey);
      // One that is told of changes listens at another responder, and is counted there.
      if (!told) this.#pollers.set(clientKey, { revision, seenAt: this.#clock.now(), hadOlder });
      this.#forget();
    }
    for (const wave of [...this.#waves])
      if (revision >= wave.revision) this.#reach(wave, clientKey, told && listener === undefined);
  }

  /** What anybody is told of a flag may have changed. */
  told(revision: number): void {
    const missing = new Map<string, number>();
    let clients = 0;
    for (const [clientKey, listener] of this.#listeners) {
      missing.set(clientKey, listener.streams);
      clients += listener.streams;
      listener.behind = listener.streams;
    }
    const before = this.#revision;
    this.#revision = revision;
    this.#changedAt = this.#clock.now();
    const [oldest] = this.#waves;
    if (oldest !== undefined && this.#waves.length >= MAX_WAVES) this.#end(oldest);
    const wave: RunningWave = {
      ...{ revision, before, clients, reached: 0, elsewhere: 0, at: null, missing, isTold: true },
      toldAt: this.#clock.now(),
      asking: new Set(),
      timer: setTimeout(() => this.#end(wave), WAVE_WAITS),
    };
    wave.timer.unref();
    if (clients > 0) wave.isTold = false;
    this.#waves.push(wave);
  }

  count(): ClientCount {
    this.#forget();
    let current = 0;
    let stale = 0;
    for (const { streams, behind } of this.#listeners.values()) {
      current += streams - behind;
      stale += behind;
    }
    for (const { revision } of this.#pollers.values()) {
      if (revision >= this.#revision) current += 1;
      else stale += 1;
    }
    return { current, stale };
  }

  /** What is under way is not waited for. */
  stop(): void {
    for (const { timer } of this.#waves) clearTimeout(timer);
    this.#waves = [];
  }

  #hasJustChanged(): boolean {
    return this.#changedAt !== null && this.#clock.now() - this.#changedAt < LOADS_WITHIN;
  }

  #leave(clientKey: string, listener: Listener, comesBack: boolean): void {
    listener.streams -= 1;
    listener.behind = Math.min(listener.behind, listener.streams);
    if (listener.streams === 0) this.#listeners.delete(clientKey);
    if (comesBack) return;
    for (const wave of [...this.#waves]) {
      if (!take(wave.missing, clientKey)) continue;
      wave.clients -= 1;
      wave.isTold = false;
      this.#tellWhenComplete(wave);
    }
  }

  #reach(wave: RunningWave, clientKey: string, isElsewhere: boolean): void {
    if (take(wave.missing, clientKey)) wave.reached += 1;
    else if (isElsewhere && !this.#asksAgain(wave, clientKey)) wave.elsewhere += 1;
    else return;
    wave.at = this.#clock.now();
    wave.isTold = false;
    this.#tellWhenComplete(wave);
  }

  /** It was hung up on where it listens, since it is not known there that it has asked; nobody is counted twice for that. */
  #asksAgain({ toldAt, asking }: RunningWave, clientKey: string): boolean {
    const isKnown = asking.has(clientKey);
    asking.add(clientKey);
    return isKnown && this.#clock.now() >= toldAt + ASKS_WITHIN;
  }

  /** Those that ask here and listen elsewhere come one by one: they are told at the end. */
  #tellWhenComplete(wave: RunningWave): void {
    if (wave.missing.size === 0 && wave.elsewhere === 0) this.#tell(wave);
  }

  #end(wave: RunningWave): void {
    clearTimeout(wave.timer);
    this.#waves = this.#waves.filter((other) => other !== wave);
    if (!wave.isTold) this.#tell(wave);
  }

  #tell(wave: RunningWave): void {
    wave.isTold = true;
    const { revision, before, clients, reached, elsewhere, at } = wave;
    this.#report({ revision, before, clients, reached, elsewhere, at });
  }

  #forget(): void {
    const oldest = this.#clock.now() - FORGET_AFTER;
    for (const [clientKey, { seenAt }] of this.#pollers) {
      if (seenAt > oldest && this.#pollers.size <= MAX_POLLERS) return;
      this.#pollers.delete(clientKey);
    }
  }
}

/** Whether there was one more of it. */
function take(missing: Map<string, number>, clientKey: string): boolean {
  const left = missing.get(clientKey);
  if (left === undefined) return false;
  if (left === 1) missing.delete(clientKey);
  else missing.set(clientKey, left - 1);
  return true;
}
