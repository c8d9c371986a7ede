import { expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Work } from "../../src/app/ports.ts";
import type { LedgerEvent } from "../../src/domain/event.ts";
import { type ApplicationState, emptyState, type StateChange, writeChange } from "../../src/domain/state.ts";
import { TIER_NAMES } from "../../src/domain/tier.ts";
import type { OpenedStores } from "./store-contract.ts";
import { event, message } from "./works.ts";

const KEYS = ["a", "b", "__proto__", "é:ü", ""];

const key = fc.constantFrom(...KEYS);
const tier = fc.constantFrom(...TIER_NAMES);
const instant = fc.nat();
const setting = fc.record(
  { enabled: fc.boolean(), rolloutPercentage: fc.integer({ min: 0, max: 10_000 }).map((n) => n / 100) },
  { noNullPrototype: true },
);
const flag = fc.record(
  {
    enabled: fc.boolean(),
    rolloutPercentage: fc.nat(100),
    updatedAt: instant,
    updatedBy: fc.string({ unit: "binary" }),
    quarantinedBy: fc.option(fc.string()),
  },
  { noNullPrototype: true },
);
const alert = fc.record(
  { fingerprint: key, name: fc.string({ unit: "grapheme" }), tier, startsAt: instant, receivedAt: instant },
  { noNullPrototype: true },
);
const rollback = fc.record(
  {
    id: fc.string(),
    tier,
    trigger: fc.string(),
    flags: fc.array(key),
    startedAt: instant,
    escalatedAt: fc.option(instant),
  },
  { noNullPrototype: true },
);
const snapshot = fc.array(fc.tuple(key, setting)).map((entries) => new Map(entries));

const change: fc.Arbitrary<StateChange> = fc.oneof(
  fc.record({ kind: fc.constant("flag" as const), key, value: flag }, { noNullPrototype: true }),
  fc.record({ kind: fc.constant("alert" as const), key, value: fc.option(alert) }, { noNullPrototype: true }),
  fc.record(
    { kind: fc.constant("rollback" as const), value: fc.option(rollback) },
    { noNullPrototype: true },
  ),
  fc.record(
    { kind: fc.constant("snapshot" as const), value: fc.option(snapshot) },
    { noNullPrototype: true },
  ),
);

const work: fc.Arbitrary<Work> = fc
  .record({
    changes: fc.array(change, { maxLength: 6 }),
    events: fc.array(
      fc.nat(99).map((at) => event("model", at)),
      { maxLength: 3 },
    ),
    messages: fc.array(
      key.map((name) => message(name)),
      { maxLength: 2 },
    ),
  })
  .map((all) => (all.events.length > 0 ? all : { changes: [], events: [], messages: [] }));

/** One of two stores takes each step: the other one's memory of the state is out of date then. */
const steps = fc.array(fc.record({ work, second: fc.boolean() }), { minLength: 1, maxLength: 12 });

/** A store is as good as this: a state and a list. */
class Model {
  state: ApplicationState = emptyState();
  readonly events: LedgerEvent[] = [];

  commit({ changes, events }: Work): void {
    const { flags, alerts, ...rest } = this.state;
    const next = { ...rest, flags: new Map(flags), alerts: new Map(alerts) };
    for (const each of changes) writeChange(next, each);
    for (const each of events) this.events.push({ ...each, revision: this.events.length + 1 });
    this.state = { ...next, revision: this.events.length };
  }
}

export function describeModel({ open, application }: OpenedStores): void {
  test("any sequence of transactions gives what a simple model gives", async () => {
    const [one, two] = [open(), open()];
    await fc.assert(
      fc.asyncProperty(steps, async (sequence) => {
        const name = application();
        const model = new Model();
        for (const { work: wanted, second } of sequence) {
          const store = second ? two : one;
          const { base, revision } = await store.transact(name, (state) => {
            expect({ ...state, flags: new Map(state.flags) }).toMatchObject({
              revision: model.state.revision,
            });
            expect(new Map(state.alerts)).toEqual(model.state.alerts);
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
      }),
      { numRuns: 60 },
    );
  });
}
