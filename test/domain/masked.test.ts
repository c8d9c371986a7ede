import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { Decision } from "../../src/domain/decision.ts";
import { explain } from "../../src/domain/explain.ts";
import { exposuresOf, settingsOf } from "../../src/domain/flag.ts";
import { maskOfTier } from "../../src/domain/masked.ts";
import { overrideVariableOf, withOverrides, withoutOverrides } from "../../src/domain/override.ts";
import { planTier } from "../../src/domain/plan-tier.ts";
import { applied } from "../../src/domain/turn-down.ts";
import * as any from "../support/arbitraries.ts";
import { policyOf } from "../support/policies.ts";
import { OFF, on, steps } from "../support/policies-rollout.ts";
import { RollbackSimulator, running } from "../support/rollback-simulator.ts";
import { walks } from "../support/walks.ts";

const START = 1_790_000_000_000;

function appWith(overrides: Record<string, boolean>, policy = running): RollbackSimulator {
  return new RollbackSimulator({
    policy: withOverrides(policy, new Map(Object.entries(overrides))),
    now: START,
  });
}

const KEPT = "the environment override keeps cache on for everybody: unset CACHE and restart Rollguard";

/** Told in the ledger, and to people, who are called. */
function expectTold(decision: Decision, why: string, mask: string): void {
  expect(decision).toMatchObject({ detail: why, warning: mask });
  const detail = `${why}; but ${mask}`;
  expect(decision.events.at(-1)).toMatchObject({ detail });
  expect(decision.messages.at(-1)).toMatchObject({ detail, page: true });
}

describe("a rollback that an override masks", () => {
  it("warns of the flag that users still meet, and calls people", () => {
    const app = appWith({ cache: true });
    const decision = app.fires("TestsFail");
    expectTold(decision, "TestsFail is firing", KEPT);
    expect(decision.events[0]?.flags).toContainEqual({ flag: "cache", before: on(), after: OFF });
  });

  it("warns too where the store has the flag off already", () => {
    const app = appWith({ cache: true });
    app.fires("TestsFail");
    app.now += 1;
    expectTold(app.fires("ErrorRateSpike"), "ErrorRateSpike is firing", KEPT);
  });

  it("warns of traffic that is capped in the store alone", () => {
    const { warning, events } = appWith({ traffic: true }).fires("TestsFail");
    expect(warning).toBe(
      "the environment override keeps traffic on for everybody: unset TRAFFIC and restart Rollguard",
    );
    expect(events[0]?.traffic).toEqual({ before: 100, after: 100 });
  });

  it("warns of a flag that should have gone with the one above it", () => {
    const { warning } = appWith({ child: true, darwin: true }).fires("ServiceDown");
    expect(warning).toBe(
      "environment overrides keep darwin, child on for everybody: unset DARWIN, CHILD and restart Rollguard",
    );
  });

  it("says nothing of flags that the tier leaves alone, are protected, or are off by their override", () => {
    for (const overrides of [{ core: true }, { otel: true }, { cache: false }, { read_only: true }, {}]) {
      const { warning, messages } = appWith(overrides).fires("TestsFail");
      expect({ warning, page: messages[0]?.page }).toEqual({ warning: undefined, page: false });
    }
  });

  it("warns when the next tier follows, in the decision that has it", () => {
    const app = appWith({ cache: true });
    app.fires("TestsFail");
    const decision = app.looksOn("bad");
    expect(decision.reason).toBe("verification_failed");
    expect(decision.warning).toBe(KEPT);
    expect(decision.events.at(-1)?.detail).toBe(`phase did not help; but ${KEPT}`);
  });

  it("names ten, and counts the rest", () => {
    const flags = Array.from({ length: 12 }, (_, index) => ({ key: `f${index}`, phase: 6, override: true }));
    const policy = policyOf({
      flags,
      triggers: [{ alert: "Broken", tier: "phase" }],
      tiers: { phase: { phases: [6] } },
    });
    const { warning } = new RollbackSimulator({ policy, now: START }).fires("Broken");
    expect(warning).toMatch(/ f0, .*, f9 and 2 more on for everybody: unset F0, .*, F9 and 2 more and /);
  });

  it("is foreseen", () => {
    const { state, policy, now } = appWith({ cache: true });
    expect(explain(state, policy, now, "TestsFail")[0]?.detail).toBe(
      `a rollback would begin: phase; the on-call engineer would be paged; but ${KEPT}`,
    );
  });

  it("for any policy: names each flag that the tier turns down and users meet all the same, and no other", () => {
    const world = any.policy.chain((policy) =>
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
    fc.assert(
      fc.property(world, ({ policy, settings, request }) => {
        const then = applied(settings, planTier(request, settings, policy));
        const bare = withoutOverrides(policy.flags);
        const [was, is] = [exposuresOf(bare, settings), exposuresOf(bare, then)];
        const warned = new Set(maskOfTier(request, settings, policy)?.match(/\w+/g));
        for (const flag of policy.flags.values()) {
          const isNamed = warned.has(overrideVariableOf(flag.key));
          const isOn = flag.kind !== "kill-switch" && flag.override === true && !flag.protected;
          if (isOn && (is.get(flag.key) ?? 0) < (was.get(flag.key) ?? 0)) expect(isNamed).toBe(true);
          if (flag.kind !== "kill-switch" && !isOn) expect(isNamed).toBe(false);
        }
      }),
      walks(500),
    );
  });
});

describe("the kill switch and overrides", () => {
  it("warns of everything that stays on, operational switches too, and is engaged all the same", () => {
    const app = appWith({ core: true, read_only: true, otel: true });
    const decision = app.shutdown(true);
    const mask =
      "environment overrides keep core, read_only on for everybody: unset CORE, READ_ONLY and restart Rollguard";
    expectTold(decision, "shutdown turned on by mia: drill", mask);
    expect(app.state.flags.get("shutdown")).toMatchObject(on());
    expect(app.shutdown(true)).toMatchObject({ detail: "shutdown is on already", warning: mask });
  });

  it("warns that it does nothing while its own override holds it off", () => {
    const mask =
      "the environment override keeps the kill switch shutdown off: unset SHUTDOWN and restart Rollguard";
    const app = appWith({ shutdown: false });
    expectTold(app.shutdown(true), "shutdown turned on by mia: drill", mask);
    expect(exposuresOf(app.policy.flags, app.settings).get("traffic")).toBe(100);
    const emergency = { ...running.tiers.emergency, killSwitch: true };
    const policy = { ...running, tiers: { ...running.tiers, emergency } };
    expect(appWith({ shutdown: false }, policy).fires("ServiceDown")).toMatchObject({ warning: mask });
    expect(appWith({ shutdown: false }, policy).fires("TestsFail").warning).toBeUndefined();
  });

  it("warns that it stays on when it is turned off, and calls nobody for that", () => {
    const mask =
      "the environment override keeps the kill switch shutdown on: unset SHUTDOWN and restart Rollguard";
    const app = appWith({ shutdown: true });
    expect(app.shutdown(false)).toMatchObject({ detail: "shutdown is off already", warning: mask });
    expect(app.shutdown(true).warning).toBeUndefined();
    app.now += 1;
    expect(app.shutdown(false)).toMatchObject({ warning: mask, messages: [{ page: false }] });
    expect(exposuresOf(app.policy.flags, settingsOf(app.policy.flags, app.state.flags)).get("traffic")).toBe(
      0,
    );
  });

  it("keeps a deploy from beginning, whoever turned it on", () => {
    const refused = "shutdown is on, so that nobody would meet what is deployed: ";
    expect(appWith({ shutdown: true }).deploy(steps)).toMatchObject({
      reason: "refused",
      detail: `${refused}unset SHUTDOWN and restart Rollguard`,
    });
    const hidden = appWith({ shutdown: false });
    hidden.shutdown(true);
    expect(hidden.deploy(steps)).toMatchObject({ reason: "refused", detail: `${refused}turn it off first` });
  });
});
