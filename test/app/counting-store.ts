import { createEmbeddedStore } from "../../src/adapters/store/embedded/embedded-store.ts";
import type { Committed, StateStore, Work } from "../../src/app/ports.ts";
import type { ApplicationState } from "../../src/domain/state.ts";
import { temporaryDirectory } from "../support/process.ts";

export interface CountingStore {
  readonly store: StateStore;
  /** How many transactions were asked for. */
  transactions(): number;
  /** Runs before the next transactions, one each; what it throws, they throw. */
  before(...steps: (() => Promise<void> | void)[]): void;
  stop(): Promise<void>;
}

/** A real embedded store that counts its transactions, and lets a test in between. */
export async function startCountingStore(): Promise<CountingStore> {
  const directory = await temporaryDirectory("app");
  const observer = { lockWaited() {}, transacted() {}, conflicted() {} };
  const inner = createEmbeddedStore({ directory: directory.path, observer });
  const steps: (() => Promise<void> | void)[] = [];
  let count = 0;
  const store: StateStore = {
    kind: inner.kind,
    outbox: inner.outbox,
    clock: inner.clock,
    skew: () => inner.skew(),
    read: (application) => inner.read(application),
    events: (application, page) => inner.events(application, page),
    ledger: (application) => inner.ledger(application),
    trim: (application, upTo) => inner.trim(application, upTo),
    changes: (application, listener) => inner.changes(application, listener),
    ping: (application) => inner.ping(application),
    close: () => inner.close(),
    async transact<W extends Work>(
      application: string,
      work: (state: ApplicationState, now: number) => W,
    ): Promise<Committed<W>> {
      count += 1;
      await steps.shift()?.();
      return await inner.transact(application, work);
    },
  };
  return {
    store,
    transactions: () => count,
    before: (...more) => void steps.push(...more),
    async stop() {
      await inner.close();
      await directory.remove();
    },
  };
}

/** Something that a test waits for, and opens itself. */
export function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
