import type { Policy } from "../domain/policy.ts";
import type { Duration } from "../domain/time.ts";
import {
  type FlagsListener,
  ServedApplication,
  type ServedApplicationOptions,
  type ServedFlags,
} from "./served-application.ts";

export type { FlagsListener, ServedFlags } from "./served-application.ts";

export interface FlagSnapshotsOptions extends ServedApplicationOptions {
  /** Every application is looked at this often, should an announcement have been lost: 2 s without. */
  readonly lookAgain?: Duration;
}

/** Whoever asks first waits for the store no longer than this, and is served what is known by then. */
const PATIENCE: Duration = 1_000;

interface Served {
  readonly application: ServedApplication;
  readonly begun: Promise<void>;
}

/**
 * What applications are told of their flags: compiled once for each change, and answered without asking the store. While
 * the store is away it is what was last known, for as long as the policy allows.
 */
export class FlagSnapshots {
  readonly #options: FlagSnapshotsOptions;
  readonly #served = new Map<string, Served>();
  #timer: NodeJS.Timeout | undefined;
  #isLooking = false;

  constructor(options: FlagSnapshotsOptions) {
    this.#options = options;
  }

  /** From here on every application of the policies is served, so that nobody has to wait for the first answer. */
  start(): void {
    this.#timer = setInterval(() => void this.#look(), this.#options.lookAgain ?? 2_000);
    void this.#look();
  }

  /** What is served stays as it is, for requests in flight. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all([...this.#served.values()].map(({ application }) => application.stop()));
  }

  /**
   * The flags as they are now; from the second time on without waiting for anything. Never rejects.
   * @returns undefined when no policy names the application
   */
  async get(application: string): Promise<ServedFlags | undefined> {
    return (await this.#serve(application))?.current;
  }

  /**
   * The flags of at least that revision, if the store has it and answers within a second: for somebody who has heard of
   * it elsewhere. Never rejects.
   * @returns undefined when no policy names the application
   */
  async atLeast(application: string, revision: number): Promise<ServedFlags | undefined> {
    const served = await this.#serve(application);
    if (served === undefined) return undefined;
    if (served.revision < revision) await served.lookWithin(PATIENCE);
    return served.current;
  }

  /** What was last known of an application's flags, here or by who ran here before; undefined when nothing is. */
  async lastKnown(application: string): Promise<ServedApplication["lastKnown"]> {
    return (await this.#serve(application))?.lastKnown;
  }

  /** Calls back whenever what anybody is told of a flag may have changed. */
  async subscribe(application: string, listener: FlagsListener): Promise<() => void> {
    const served = await this.#serve(application);
    return served?.subscribe(listener) ?? (() => undefined);
  }

  /** Those that are served, for metrics. */
  async all(): Promise<readonly ServedFlags[]> {
    const { policies } = this.#options;
    return [...this.#served]
      .filter(([name]) => policies.get(name) !== undefined)
      .map(([, { application }]) => application.current);
  }

  async #serve(name: string): Promise<ServedApplication | undefined> {
    const policy = this.#options.policies.get(name);
    if (policy === undefined) return undefined;
    const { application, begun } = this.#begun(name, policy);
    await begun;
    // Meanwhile it may have been reloaded.
    application.use(this.#options.policies.get(name) ?? policy);
    return application;
  }

  #begun(name: string, policy: Policy): Served {
    const known = this.#served.get(name);
    if (known !== undefined) return known;
    const application = new ServedApplication(name, policy, this.#options);
    const served = { application, begun: application.begin(PATIENCE) };
    this.#served.set(name, served);
    return served;
  }

  /** A look that takes long is not joined by another one. */
  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    for (const policy of this.#options.policies.all()) this.#begun(policy.application.name, policy);
    await Promise.all([...this.#served.values()].map(({ application }) => application.look()));
    this.#isLooking = false;
  }
}
