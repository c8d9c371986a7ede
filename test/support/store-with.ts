import type { Clock, StateStore } from "../../src/app/ports.ts";

/** A real store, some of which is done in another way. It is closed by whoever opened it. */
export function storeWith(store: StateStore, other: Partial<StateStore>): StateStore {
  return {
    kind: store.kind,
    outbox: store.outbox,
    clock: store.clock,
    skew: () => store.skew(),
    read: (application) => store.read(application),
    transact: (application, work) => store.transact(application, work),
    events: (application, page) => store.events(application, page),
    ledger: (application) => store.ledger(application),
    trim: (application, upTo) => store.trim(application, upTo),
    changes: (application, listener) => store.changes(application, listener),
    ping: (application) => store.ping(application),
    close: async () => undefined,
    ...other,
  };
}

/** The same with another clock: what is done in it is done at that time. */
export function storeAt(store: StateStore, clock: Clock): StateStore {
  return storeWith(store, {
    clock,
    transact: (application, work) =>
      store.transact(application, (state) => work(state, clock.now(application))),
  });
}
