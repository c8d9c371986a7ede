import { Audience, type ClientCount, type Connection, type Fetched, type Wave } from "./audience.ts";
import type { FlagSnapshots, FlagsListener, ServedFlags } from "./flag-snapshots.ts";
import type { Clock } from "./ports.ts";

export interface FlagClientsOptions {
  readonly flags: Pick<FlagSnapshots, "get" | "subscribe">;
  readonly clock: Clock;
  readonly report: (application: string, wave: Wave) => void;
}

/** The clients of every application that anybody has asked this responder about. */
export class FlagClients {
  readonly #options: FlagClientsOptions;
  readonly #begun = new Map<string, Promise<Followed | undefined>>();
  readonly #followed = new Map<string, Followed>();

  constructor(options: FlagClientsOptions) {
    this.#options = options;
  }

  /** A client was answered: with flags, or that they are the ones it has. */
  fetched(application: string, fetched: Fetched): void {
    const followed = this.#followed.get(application);
    if (followed !== undefined) followed.audience.fetched(fetched);
    // The first one of all: from the second on nothing is waited for.
    else void this.#follow(application).then((begun) => begun?.audience.fetched(fetched));
  }

  /**
   * Everything that a stream needs: who listens is counted, and told of each change.
   * @returns undefined when no policy names the application
   */
  async follow(application: string): Promise<Followed | undefined> {
    return this.#followed.get(application) ?? (await this.#follow(application));
  }

  /** Of an application that nobody has asked about: none. */
  count(application: string): ClientCount {
    return this.#followed.get(application)?.audience.count() ?? { current: 0, stale: 0 };
  }

  counts(): (ClientCount & { readonly application: string })[] {
    return [...this.#followed].map(([application, { audience }]) => ({ application, ...audience.count() }));
  }

  stop(): void {
    for (const { audience, unsubscribe } of this.#followed.values()) {
      unsubscribe();
      audience.stop();
    }
    this.#followed.clear();
    this.#begun.clear();
  }

  async #follow(application: string): Promise<Followed | undefined> {
    const begun = this.#begun.get(application) ?? this.#begin(application);
    this.#begun.set(application, begun);
    const followed = await begun;
    // A policy may name it later.
    if (followed === undefined) this.#begun.delete(application);
    return followed;
  }

  async #begin(application: string): Promise<Followed | undefined> {
    const { flags, clock, report } = this.#options;
    const served = await flags.get(application);
    if (served === undefined) return undefined;
    const audience = new Audience({
      revision: served.set.revision,
      clock,
      report: (wave) => report(application, wave),
    });
    const followed = new Followed(audience);
    followed.unsubscribe = await flags.subscribe(application, (now) => followed.tell(now));
    // What came before anybody listened.
    const latest = await flags.get(application);
    if (latest !== undefined && latest.set.revision > audience.revision) followed.tell(latest);
    this.#followed.set(application, followed);
    return followed;
  }
}

/** The clients of one application, and those who pass changes on to them. */
export class Followed {
  readonly audience: Audience;
  readonly #listeners = new Set<FlagsListener>();
  unsubscribe: () => void = () => undefined;

  constructor(audience: Audience) {
    this.audience = audience;
  }

  connect(clientKey: string, again: boolean): Connection {
    return this.audience.connect(clientKey, again);
  }

  subscribe(listener: FlagsListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Counted before it is passed on: a client may ask at once. */
  tell(served: ServedFlags): void {
    this.audience.told(served.set.revision);
    for (const listener of this.#listeners) listener(served);
  }
}
