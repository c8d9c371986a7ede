import fc from "fast-check";
import type { SuspectsPolicy, Trigger } from "../../src/domain/alert.ts";
import type { FiringEvidence } from "../../src/domain/command.ts";
import type { Policy, RollbackLimits, VerifyPolicy } from "../../src/domain/policy.ts";
import type { TierName } from "../../src/domain/tier.ts";
import type { Duration } from "../../src/domain/time.ts";
import * as any from "./arbitraries.ts";
import { planOf } from "./policies.ts";
import { MINUTE, SECOND } from "./policies-rollout.ts";
import { running } from "./rollback-simulator.ts";

const verify: fc.Arbitrary<Partial<VerifyPolicy>> = fc
  .record({
    startAfter: fc.constantFrom(1, SECOND, 45 * SECOND),
    checkEvery: fc.constantFrom(2 * SECOND, 5 * SECOND, 20 * SECOND),
    goodChecksInARow: fc.integer({ min: 1, max: 4 }),
    more: fc.constantFrom(0, 1, 30 * SECOND, 2 * MINUTE),
  })
  .map(({ startAfter, checkEvery, goodChecksInARow, more }) => {
    // As the loader sees to it: so many good checks are possible until then.
    const giveUpAfter = startAfter + (goodChecksInARow - 1) * checkEvery + more;
    return { startAfter, checkEvery, goodChecksInARow, giveUpAfter };
  });

const limits: fc.Arbitrary<Partial<RollbackLimits>> = fc.record({
  stormBreaker: fc.record({
    rollbacks: fc.integer({ min: 1, max: 4 }),
    within: fc.constantFrom(MINUTE, 10 * MINUTE, 60 * MINUTE),
  }),
  cooldown: fc.constantFrom(0, 0, SECOND, 5 * MINUTE, 90 * MINUTE),
  holdDown: fc.constantFrom(0, SECOND, 5 * MINUTE, 5 * MINUTE, 90 * MINUTE),
});

const suspects: fc.Arbitrary<SuspectsPolicy> = fc.record({
  window: fc.constantFrom(SECOND, 10 * MINUTE, 24 * 60 * MINUTE),
  atOnce: fc.integer({ min: 1, max: 3 }),
  withoutSuspect: fc.constantFrom("act", "page"),
  pending: fc.constantFrom(0, MINUTE),
});

/** Only a trigger of the tier flag may look for its flags. */
function looking(trigger: Trigger, suspects: SuspectsPolicy | undefined): Trigger {
  return trigger.tier === "flag" && suspects !== undefined ? { ...trigger, flags: [], suspects } : trigger;
}

/** Any policy at all, with a gate to verify by, one kill switch at most, and a plan to deploy. */
export const policy: fc.Arbitrary<Policy> = fc
  .record({ policy: any.policy, verify, limits, suspects: fc.array(suspects, { maxLength: 7 }) })
  .map(({ policy, verify, limits, suspects }) => {
    const [killSwitch] = [...policy.flags.values()].filter(({ kind }) => kind === "kill-switch");
    const flags = [...policy.flags].map(([key, flag]) => {
      const isOther = flag.kind === "kill-switch" && flag !== killSwitch;
      return [key, isOther ? { ...flag, kind: "operational" as const } : flag] as const;
    });
    const plan = planOf("steps", [{ traffic: 10 }, { traffic: 60, approval: true }, { traffic: 100 }]);
    return {
      ...policy,
      flags: new Map(flags),
      triggers: new Map(
        [...policy.triggers].map(([key, one], index) => [key, looking(one, suspects[index])]),
      ),
      gates: running.gates,
      plans: new Map([["steps", plan]]),
      verify: { ...policy.verify, ...verify },
      rollbacks: { ...policy.rollbacks, ...limits },
    };
  });

/** Of a check of a rollback: what it sees, how late it is, and how long it waits for the lock. */
export interface Look {
  readonly sees: "good" | "bad" | "no data" | "still true" | "dark";
  /** Against when it is due; below 0 it is early. */
  readonly late: number;
  readonly waits: number;
  /** The same evidence once more, so much later, as another responder's. */
  readonly again: number | null;
  readonly isOfAnother: boolean;
}

export type Step =
  | { readonly do: "fire" | "resolve"; readonly which: number; readonly instance: number }
  | {
      /** It comes late: of something that began, and ended, so long ago. */
      readonly do: "late";
      readonly which: number;
      readonly instance: number;
      readonly status: "firing" | "resolved";
      readonly age: Duration;
      readonly evidence: FiringEvidence | "to be asked" | null;
    }
  | { readonly do: "flap"; readonly which: number; readonly times: number }
  | { readonly do: "look"; readonly look: Look }
  | { readonly do: "look on"; readonly looks: number; readonly sees: Look["sees"] }
  | {
      readonly do: "roll back";
      readonly tier: TierName;
      readonly flag: number;
      readonly phase: number | null;
    }
  | { readonly do: "acknowledge"; readonly which: "open" | "last" | "first"; readonly force: boolean }
  | { readonly do: "shut down"; readonly on: boolean; readonly byTier: boolean }
  | { readonly do: "deploy" | "retry" | "restore"; readonly acknowledge: boolean }
  | { readonly do: "pause" | "resume" | "approve" | "abort" }
  | { readonly do: "check"; readonly checks: number; readonly red: boolean }
  | { readonly do: "wait"; readonly time: number }
  | { readonly do: "note commit" | "end quiet" | "edit policy" | "reload" | "replay" | "together" };

const sees = fc.constantFrom("good", "good", "good", "bad", "bad", "no data", "still true", "dark");

/** What checks see, one after the other: also nothing but one thing. */
export const sights: fc.Arbitrary<Look["sees"][]> = fc.array(sees as fc.Arbitrary<Look["sees"]>, {
  minLength: 1,
  maxLength: 6,
});

const look: fc.Arbitrary<Look> = fc.record({
  sees: sees as fc.Arbitrary<Look["sees"]>,
  late: fc.constantFrom(0, 0, 0, 1, 7 * SECOND, 5 * MINUTE, -1),
  waits: fc.constantFrom(0, 0, 0, 4 * SECOND, 10 * SECOND, 10 * SECOND + 1),
  again: fc.constantFrom(null, null, null, 0, 5 * SECOND),
  isOfAnother: fc.constantFrom(false, false, false, false, true),
});

const which = fc.constantFrom(0, 0, 1, 1, 2, 3, 6);
const instance = fc.nat({ max: 1 });

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("fire" as const), which, instance }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("resolve" as const), which, instance }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("late" as const),
      which,
      instance,
      status: fc.constantFrom("firing" as const, "resolved" as const),
      age: fc.constantFrom(0, 1, SECOND, MINUTE, 20 * MINUTE),
      evidence: fc.constantFrom(
        null,
        "to be asked" as const,
        { isFiring: true, by: "Alertmanager lists it as firing" },
        { isFiring: false, by: "Alertmanager does not list it" },
        { isFiring: null, by: "nobody has answered" },
      ),
    }),
  },
  fc.record({ do: fc.constant("flap" as const), which, times: fc.integer({ min: 2, max: 5 }) }),
  { weight: 3, arbitrary: fc.record({ do: fc.constant("look" as const), look }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("look on" as const),
      looks: fc.constantFrom(1, 2, 4, 40),
      sees: sees as fc.Arbitrary<Look["sees"]>,
    }),
  },
  fc.record({
    do: fc.constant("roll back" as const),
    tier: any.tierName,
    flag: fc.nat(9),
    phase: fc.constantFrom(null, null, null, 5, 6),
  }),
  fc.record({
    do: fc.constant("acknowledge" as const),
    which: fc.constantFrom("open" as const, "last" as const, "first" as const),
    force: fc.boolean(),
  }),
  fc.record({ do: fc.constant("shut down" as const), on: fc.boolean(), byTier: fc.boolean() }),
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom("deploy" as const, "deploy" as const, "retry" as const, "restore" as const),
      acknowledge: fc.constantFrom(true, true, false),
    }),
  },
  fc.record({
    do: fc.constantFrom("pause" as const, "resume" as const, "approve" as const, "abort" as const),
  }),
  fc.record({ do: fc.constant("check" as const), checks: fc.constantFrom(1, 6, 20), red: fc.boolean() }),
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("wait" as const),
      time: fc.constantFrom(1, SECOND, MINUTE, 20 * MINUTE, 90 * MINUTE, 24 * 60 * MINUTE),
    }),
  },
  fc.record({
    do: fc.constantFrom(
      "note commit" as const,
      "end quiet" as const,
      "edit policy" as const,
      "reload" as const,
      "replay" as const,
      "together" as const,
    ),
  }),
);

export const steps: fc.Arbitrary<Step[]> = fc.array(step, { maxLength: 40, size: "max" });
