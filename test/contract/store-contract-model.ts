import { expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Work } from "../../src/app/ports.ts";
import type { LedgerEvent } from "../../src/domain/event.ts";
import { type ApplicationState, emptyState, writeChange } from "../../src/domain/state.ts";
import { key, noteChange, stateChange } from "../support/arbitraries-state.ts";
import { walks } from "../support/walks.ts";
import type { OpenedStores } from "./store-contract.ts";
import { event, message } from "./works.ts";

const told: fc.Arbitrary<Work> = fc.record({
  changes: fc.array(stateChange, { maxLength: 6 }),
  events: fc.array(
    fc.nat(99).map((at) => event("model", at)),
    { minLength: 1, maxLength: 3 },
  ),
  messages: fc.array(
    key.map((subject) => message(subject)),
    { maxLength: 2 },
  ),
});

/** Without events: a note, or nothing at all. */
const untold: fc.Arbitrary<Work> = fc
  .array(noteChange, { maxLength: 3 })
  .map((changes) => ({ changes, events: [], messages: [] }));

/** One of two stores takes each step: the other one's memory of the state is out of date then. */
const step = fc.record({
  work: fc.oneof(told, untold),
  second: fc.boolean(),
  /** The one that takes the step has read before, or the other one has: both remember something then. */
  read: fc.constantFrom("neither", "first", "second", "both"),
});

/** A store is as good as this: a state and a list. */
class Model {
  state: ApplicationState = emptyState();
  readonly events: LedgerEvent[] = [];

  commit({ changes, events }: Work): void {
    const { flags, raised, alerts, kept, pulses, ended, ...rest } = this.state;
    const next = {
      ...rest,
      flags: new Map(flags),
      raised: new Map(raised),
      alerts: new Map(alerts),
      kept: new Map(kept),
      pulses: new Map(pulses),
      ended: new Map(ended),
    };
    for (const each of changes) writeChange(next, each);
    for (const each of events) this.events.push({ ...each, revision: this.events.length + 1 });
    this.state = { ...next, revision: this.events.length };
  }
}

export function describeModel({ open, application }: OpenedStores): void {
  test("any sequence of transactions and notes gives what a simple model gives", async () => {
    const [one, two] = [open(), open()];
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        const name = application();
        const model = new Model();
        for (const { work: wanted, second, read } of steps) {
          if (read === "first" || read === "both") expect(await one.read(name)).toEqual(model.state);
          if (read === "second" || read === "both") expect(await two.read(name)).toEqual(model.state);
          const store = second ? two : one;
          const { base, revision } = await store.transact(name, (state) => {
            expect(plain(state)).toEqual(model.state);
            return wanted;
          });
          expect(base).toBe(model.state.revision);
          model.commit(wanted);
          expect(revision).toBe(model.state.revision);
        }
        for (const store of [one, two]) {
          expect(await store.read(name)).toEqual(model.state);
          expect(await store.events(name, { limit: 100 })).toEqual(model.events);
        }
        const fresh = open();
        expect(await fresh.read(name)).toEqual(model.state);
        await fresh.close();
      }),
      walks(60),
    );
  });
}

/** Without what a store keeps beside it. */
function plain(state: ApplicationState): ApplicationState {
  const { revision, flags, raised, alerts, kept, pulses, ended, rollback, verification, past, storm } = state;
  const { snapshot, rollout, bake, backup, watchdog, unchanged, summary, notices } = state;
  return {
    revision,
    flags: new Map(flags),
    raised: new Map(raised),
    alerts: new Map(alerts),
    kept: new Map(kept),
    pulses: new Map(pulses),
    ended: new Map(ended),
    rollback,
    verification,
    past,
    storm,
    snapshot,
    rollout,
    bake,
    backup,
    watchdog,
    unchanged,
    summary,
    notices,
  };
}
