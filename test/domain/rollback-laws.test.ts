import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { Alert } from "../../src/domain/alert.ts";
import { decide, decideAll } from "../../src/domain/decide.ts";
import type { Decision } from "../../src/domain/decision.ts";
import { Draft } from "../../src/domain/draft.ts";
import { exposuresOf, type FlagChange, type Settings, settingsOf } from "../../src/domain/flag.ts";
import { planTier, type TierRequest } from "../../src/domain/plan-tier.ts";
import type { Policy } from "../../src/domain/policy.ts";
import { type ApplicationState, emptyState, isNote } from "../../src/domain/state.ts";
import { TIER_NAMES } from "../../src/domain/tier.ts";
import * as any from "../support/arbitraries.ts";
import { walks } from "../support/walks.ts";

const RUNS = walks(500);

interface World {
  readonly policy: Policy;
  readonly settings: Settings;
  readonly request: TierRequest;
}

const world: fc.Arbitrary<World> = any.policy.chain((policy) =>
  fc.record({
    policy: fc.constant(policy),
    settings: any.settingsFor(policy),
    request: fc.record({
      tier: any.tierName,
      flags: fc.uniqueArray(fc.constantFrom(...policy.flags.keys()), { maxLength: 3 }),
      snapshot: fc.option(any.settingsFor(policy)),
    }),
  }),
);

function applied(settings: Settings, changes: readonly FlagChange[]): Settings {
  return new Map([...settings, ...changes.map(({ flag, after }) => [flag, after] as const)]);
}

/** What a rollback may reach: everything but the kill switch, which it is allowed to engage. */
function exposures({ flags }: Policy, settings: Settings): Map<string, number> {
  const reachable = [...flags.values()].filter(({ kind }) => kind !== "kill-switch");
  const all = exposuresOf(flags, settings);
  return new Map(reachable.map(({ key }) => [key, all.get(key) ?? 0]));
}

function expectNoHigher(lower: Map<string, number>, upper: Map<string, number>): void {
  for (const [flag, exposure] of lower) {
    if (exposure > (upper.get(flag) ?? 0)) throw new Error(`${flag}: ${exposure} > ${upper.get(flag)}`);
  }
}

describe("the laws of rollbacks, for any policy and any state", () => {
  it("1: a rollback never raises exposure", () => {
    fc.assert(
      fc.property(world, ({ policy, settings, request }) => {
        const then = applied(settings, planTier(request, settings, policy));
        expectNoHigher(exposures(policy, then), exposures(policy, settings));
      }),
      RUNS,
    );
  });

  it("2: applying a tier twice changes nothing the second time", () => {
    fc.assert(
      fc.property(world, ({ policy, settings, request }) => {
        const then = applied(settings, planTier(request, settings, policy));
        expect(planTier(request, then, policy)).toEqual([]);
      }),
      RUNS,
    );
  });

  it("3: a more severe tier leaves no more exposure than a less severe one would have left", () => {
    fc.assert(
      fc.property(world, ({ policy, settings, request }) => {
        const left = TIER_NAMES.map((tier) =>
          exposures(policy, applied(settings, planTier({ ...request, tier }, settings, policy))),
        );
        for (const [index, less] of left.slice(1).entries()) expectNoHigher(less, left[index] ?? new Map());
      }),
      RUNS,
    );
  });

  it("4: protected flags and operational switches are never changed", () => {
    fc.assert(
      fc.property(world, ({ policy, settings, request }) => {
        for (const { flag } of planTier(request, settings, policy)) {
          expect(policy.flags.get(flag)).not.toMatchObject({ protected: true });
          expect(policy.flags.get(flag)?.kind).not.toBe("operational");
        }
      }),
      RUNS,
    );
  });

  it("5: resolved alerts never turn anything on again, nor does anything else that alerts can say", () => {
    fc.assert(
      fc.property(any.policy, fc.array(any.alert, { maxLength: 40 }), (policy, alerts) => {
        walk(policy, alerts, (alert, before, decision, now) => {
          const changed = decision.changes.filter(({ kind }) => kind === "flag");
          if (alert.status === "resolved") expect(changed).toEqual([]);
          expectNoHigher(exposures(policy, now), exposures(policy, before));
        });
      }),
      RUNS,
    );
  });
});

/** Runs alerts one after the other through the core, as the shell would commit them. */
function walk(
  policy: Policy,
  alerts: readonly Alert[],
  check: (
    alert: Alert,
    before: Settings,
    decision: Decision,
    after: Settings,
    state: ApplicationState,
  ) => void,
): void {
  const draft = new Draft(emptyState());
  for (const [index, alert] of alerts.entries()) {
    const before = settingsOf(policy.flags, draft.flags);
    const decision = decide(draft, { type: "alert", alert }, policy, index);
    draft.apply(decision);
    check(alert, before, decision, settingsOf(policy.flags, draft.flags), draft);
  }
}

describe("episodes, for any policy and any sequence of alerts", () => {
  const sequences = fc.array(any.alert, { maxLength: 40 });

  it("a rollback is open while an alert of it fires, and until it is verified, which takes more than alerts", () => {
    fc.assert(
      fc.property(any.policy, sequences, (policy, alerts) => {
        const firing = new Map<string, number>();
        let began = false;
        walk(policy, alerts, (alert, _before, _decision, _after, state) => {
          if (policy.triggers.has(alert.name)) {
            if (alert.status === "firing") began = true;
            const { fingerprint, startsAt } = alert;
            const last = firing.get(fingerprint) ?? 0;
            if (alert.status === "firing") firing.set(fingerprint, Math.max(last, startsAt));
            // What ended before it began is another one.
            else if (startsAt >= last) firing.delete(fingerprint);
          }
          const tracked = [...state.alerts.values()].map(({ fingerprint }) => fingerprint);
          expect(tracked.sort()).toEqual([...firing.keys()].sort());
          expect(state.rollback !== null).toBe(began);
        });
      }),
      RUNS,
    );
  });

  it("the same alert acts once while it fires, and within a rollback the tier only rises", () => {
    fc.assert(
      fc.property(any.policy, sequences, (policy, alerts) => {
        let open: ApplicationState["rollback"] = null;
        walk(policy, [...alerts, ...alerts], (alert, _before, decision, _after, state) => {
          const again = decide(state, { type: "alert", alert }, policy, 1_000);
          expect(again.changes).toEqual([]);
          expect(again.events).toEqual([]);
          if (open !== null && state.rollback?.id === open.id) {
            expect(TIER_NAMES.indexOf(state.rollback.tier)).toBeGreaterThanOrEqual(
              TIER_NAMES.indexOf(open.tier),
            );
          }
          if (decision.reason === "rolled_back" || decision.reason === "already_rolled_back")
            expect(open).toBeNull();
          open = state.rollback;
        });
      }),
      RUNS,
    );
  });

  it("whatever changes is exactly one event, and deciding together equals deciding one by one", () => {
    fc.assert(
      fc.property(any.policy, sequences, (policy, alerts) => {
        const commands = alerts.map((alert) => ({ type: "alert" as const, alert }));
        const together = decideAll(emptyState(), commands, policy, 7);
        const draft = new Draft(emptyState());
        const apart = commands.map((command) => {
          const decision = decide(draft, command, policy, 7);
          expect(decision.events.length).toBe(decision.changes.every(isNote) ? 0 : 1);
          draft.apply(decision);
          return { decision, revision: decision.events.length > 0 ? draft.revision : null };
        });
        expect(together.decisions).toEqual(apart);
        const replayed = new Draft(emptyState());
        replayed.apply(together);
        expect(replayed).toEqual(draft);
        expect([...replayed.alerts]).toEqual([...draft.alerts]);
      }),
      RUNS,
    );
  });
});
