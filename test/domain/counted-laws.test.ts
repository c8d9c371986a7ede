import { expect, it } from "@jest/globals";
import fc from "fast-check";
import type { Command } from "../../src/domain/command.ts";
import type { CountBlock, Counts } from "../../src/domain/counts.ts";
import type { Decision } from "../../src/domain/decision.ts";
import type { Gate, GateCriterion } from "../../src/domain/gate.ts";
import { countFromOf, termsOf } from "../../src/domain/gate-counts.ts";
import {
  foldCounts,
  type JudgeTerms,
  judgeCounts,
  startCounts,
} from "../../src/domain/judging/judge-counts.ts";
import { isActive, type Rollout } from "../../src/domain/rollout.ts";
import { compare, countedCriterion, type Part, type Requests } from "../support/counted.ts";
import { CountedStages, dayOf } from "../support/counted-stage.ts";
import { criterionOf } from "../support/policies.ts";
import { MINUTE } from "../support/policies-rollout.ts";
import { walks } from "../support/walks.ts";
import { expectLawful, must } from "./rollout-laws.ts";
import { plain } from "./state-parts.ts";

/** Whose every decision is held against the laws, and every promotion against all that was ever shown. */
class LawfulStages extends CountedStages {
  /** By stage and metric. */
  readonly #shown = new Map<string, CountBlock[][]>();

  override take(command: Command): Decision {
    const before = plain(this.state);
    if (command.type === "check") this.#note(command.evidence.stage, command.evidence.counts);
    const { now, policy } = this;
    const decision = super.take(command);
    expectLawful({ before, after: plain(this.state), command, decision, policy, now });
    if (command.type === "check" && decision.reason === "promoted")
      this.#expectGreen(before.rollout as Rollout);
    return decision;
  }

  #note(stage: number, counts: ReadonlyMap<string, Counts> = new Map()): void {
    for (const [metric, { all, variants }] of counts) {
      const key = `${stage} ${metric}`;
      const known = this.#shown.get(key) ?? [[], [], []];
      const added = [all, variants?.treatment ?? [], variants?.control ?? []];
      this.#shown.set(
        key,
        known.map((blocks, index) => [...blocks, ...(added[index] ?? [])]),
      );
    }
  }

  /** Counted all at once, as if nobody had looked before. */
  #expectGreen(rollout: Rollout): void {
    const gate = this.policy.gates.get("standard") as Gate;
    for (const criterion of gate.criteria) {
      const terms = termsOf(criterion, gate, rollout) as JudgeTerms | null;
      if (terms === null) continue;
      const [all = [], treatment = [], control = []] =
        this.#shown.get(`${rollout.stage} ${criterion.metric}`) ?? [];
      const isCompared = criterion.counted?.compare != null;
      const counts = { all, variants: isCompared ? { treatment, control } : null };
      const start = startCounts(terms, countFromOf(rollout, gate), this.countsBefore ?? null);
      const { verdict } = judgeCounts(foldCounts(start, counts, terms), terms);
      must(verdict === "green", `${criterion.metric} promotes when it is ${verdict}`);
    }
  }
}

const part = fc
  .record({ total: fc.constantFrom(0, 3, 30, 300, 3_000), share: fc.constantFrom(0, 0, 0, 0.001, 0.02, 0.5) })
  .map(({ total, share }): Part => ({ total, bad: Math.round(total * share) }));

const requests: fc.Arbitrary<Requests | undefined> = fc.oneof(
  {
    weight: 9,
    arbitrary: fc
      .record({ all: part, treatment: part, control: part })
      .map(({ all, ...variants }) => ({ ...all, ...variants })),
  },
  { weight: 1, arbitrary: fc.constant(undefined) },
);

const criterion: fc.Arbitrary<GateCriterion> = fc.oneof(
  fc
    .record({ isCompared: fc.boolean(), yellow: fc.constantFrom("as-before" as const, "hold" as const) })
    .map(({ isCompared, yellow }) => countedCriterion({ yellow, compare: isCompared ? compare : null })),
  fc.constant(countedCriterion({ judge: "threshold", minimum: 100 })),
  fc.constant(criterionOf("m", "< 1", "> 5")),
);

const METRICS = ["errors", "latency", "passed"];

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("look" as const),
      looks: fc.integer({ min: 1, max: 8 }),
      traffic: fc.array(requests, { minLength: 3, maxLength: 3 }),
      value: fc.constantFrom(0, 0, 3, 9, Number.NaN, Number.POSITIVE_INFINITY),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("approve" as const),
      reason: fc.constantFrom(null, "tried by hand"),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("pause" as const, "resume" as const) }) },
);

it("a gate of any criteria promotes on green evidence of each alone, whatever is counted and however it is looked at", () => {
  let promoted = 0;
  fc.assert(
    fc.property(
      fc.array(criterion, { minLength: 1, maxLength: 3 }),
      fc.array(step, { maxLength: 30 }),
      fc.constantFrom(5, 50, 100),
      fc.constantFrom(undefined, 0.5, 5),
      fc.constantFrom(2 * MINUTE, 5 * MINUTE),
      (criteria, steps, traffic, usual, bake) => {
        const app = new LawfulStages();
        app.countsBefore = usual === undefined ? undefined : dayOf(usual);
        const named = criteria.map((one, index) => ({ ...one, metric: METRICS[index] ?? "" }));
        app.begin(named, { traffic, bake, checkEvery: MINUTE }, { holdFor: 3 * MINUTE });
        for (const one of steps) {
          if (!isActive(app.state.rollout)) break;
          if (one.do === "approve") app.says("approve", { reason: one.reason });
          else if (one.do !== "look") app.says(one.do);
          else if (app.state.rollout.pausedAt === null) {
            app.requestsAt = (metric) => one.traffic[METRICS.indexOf(metric)];
            for (let look = 0; look < one.looks && isActive(app.state.rollout); look++)
              app.nextLook(Object.fromEntries(METRICS.map((metric) => [metric, one.value])));
          }
        }
        promoted += app.stage - 1;
      },
    ),
    walks(150),
  );
  expect(promoted).toBeGreaterThan(0);
});
