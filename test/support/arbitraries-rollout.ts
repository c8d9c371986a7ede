import fc from "fast-check";
import type { FlagPolicy, FlagSetting } from "../../src/domain/flag.ts";
import type { Bound, Gate, GateCriterion, Sustained } from "../../src/domain/gate.ts";
import type { Plan, Stage } from "../../src/domain/plan.ts";
import type { Policy } from "../../src/domain/policy.ts";
import { override, partsOf } from "./arbitraries.ts";
import { criterionOf, planOf, policyOf } from "./policies.ts";

const sustained: fc.Arbitrary<Sustained> = fc.constantFrom(
  "whole-bake" as const,
  "whole-bake" as const,
  "average" as const,
  { checksInARow: 2 },
  { checksInARow: 3 },
);

/** A pair of bounds that do not overlap, as the loader sees to it; with or without yellow between them, or red. */
export const criterion: fc.Arbitrary<GateCriterion> = fc
  .record({
    green: fc.constantFrom<Bound["comparison"]>("<", "<=", ">", ">=", "=="),
    strict: fc.boolean(),
    at: fc.integer({ min: 0, max: 5 }),
    between: fc.constantFrom(0, 1, 4),
    upwards: fc.boolean(),
    hasRed: fc.constantFrom(true, true, true, false),
    sustained,
  })
  .map(({ green, strict, at, between, upwards, hasRed, sustained }) => {
    const up = green === "==" ? upwards : green.startsWith("<");
    // At one and the same value only one of two bounds may include it.
    const open = strict || (between === 0 && green.length === 2);
    const red = `${up ? ">" : "<"}${open ? "" : "="} ${up ? at + between : at - between}`;
    return criterionOf("m", `${green} ${at}`, hasRed ? red : null, sustained);
  });

const METRICS = ["errors", "latency", "passed", "healthy"];

const SECOND = 1_000;

const gate: fc.Arbitrary<Gate> = fc
  .record({
    criteria: fc.array(criterion, { minLength: 1, maxLength: METRICS.length }),
    holdFor: fc.integer({ min: 1, max: 600 }),
  })
  .map(({ criteria, holdFor }) => ({
    name: "standard",
    criteria: criteria.map((one, index) => ({ ...one, metric: METRICS[index] ?? "" })),
    holdFor: holdFor * SECOND,
  }));

const share = fc.constantFrom(0, 1, 10, 25, 50, 75, 100);

function stageWith(keys: readonly string[]): fc.Arbitrary<Omit<Stage, "name" | "traffic">> {
  const setting = share.map((to): FlagSetting => ({ enabled: to > 0, rolloutPercentage: to }));
  const flags =
    keys.length === 0
      ? fc.constant([])
      : fc.array(fc.tuple(fc.constantFrom(...keys), setting), { maxLength: 3 });
  return fc
    .record({
      flags,
      bake: fc.oneof(fc.integer({ min: 6, max: 20 }), fc.integer({ min: 30, max: 600 })),
      checks: fc.integer({ min: 1, max: 5 }),
      gate: fc.constantFrom("standard", "standard", "strict"),
      approval: fc.constantFrom(false, false, true),
    })
    .map(({ flags, bake, checks, ...rest }) => ({
      ...rest,
      flags: new Map(flags),
      bake: bake * SECOND,
      checkEvery: Math.ceil((bake * SECOND) / checks),
    }));
}

function planWith(name: string, keys: readonly string[]): fc.Arbitrary<Plan> {
  return fc
    .record({
      stages: fc.array(stageWith(keys), { minLength: 1, maxLength: 4 }),
      traffic: fc.array(share, { minLength: 4, maxLength: 4 }),
      // In bakes of the shortest stage.
      stepEvery: fc.option(fc.constantFrom(0.5, 1.25, 3), { freq: 2 }),
    })
    .map(({ stages, traffic, stepEvery }) => {
      const rising = traffic.slice(0, stages.length).sort((a, b) => a - b);
      const named = stages.map((stage, index) => ({ ...stage, traffic: rising[index] ?? 100 }));
      const shortest = Math.min(...stages.map(({ bake }) => bake));
      return planOf(name, named, { stepEvery: stepEvery === null ? null : stepEvery * shortest });
    });
}

/** The switches are off to begin with, and so is traffic: else nothing could be rolled out. */
function toBeginWith(flag: FlagPolicy): FlagPolicy {
  return flag.kind === "kill-switch" ? { ...flag, enabled: false } : flag;
}

/** Any policy at all with plans and gates that the loader would let through. */
export const rolloutPolicy: fc.Arbitrary<Policy> = fc
  .nat({ max: 6 })
  .chain(partsOf)
  .chain((parts) => {
    const movable = parts.flags.filter(({ kind }) => kind === "release").map(({ key }) => key);
    return fc.record({
      parts: fc.constant(parts),
      plans: fc.tuple(planWith("first", movable), planWith("second", movable)),
      gates: fc.tuple(
        gate,
        gate.map((one) => ({ ...one, name: "strict" })),
      ),
      phase: fc.constantFrom(null, 4, 6),
      masks: override,
      killSwitch: fc.boolean(),
      retryFromStage: fc.integer({ min: 1, max: 4 }),
      afterBlindness: fc.constantFrom("continue" as const, "restart" as const),
    });
  })
  .map(({ parts: { flags, tiers, triggers }, plans, gates, phase, masks, killSwitch, ...rollout }) =>
    policyOf({
      flags: [
        { key: "traffic", enabled: false, rolloutPercentage: 0, phase, override: masks },
        ...flags.map(toBeginWith),
      ],
      tiers: killSwitch ? tiers : withoutKillSwitch(tiers),
      triggers,
      plans,
      gates,
      rollout,
    }),
  );

function withoutKillSwitch<T extends object>(tiers: T): T {
  return Object.fromEntries(
    Object.entries(tiers).map(([name, tier]) => [name, { ...tier, killSwitch: false }]),
  ) as T;
}
