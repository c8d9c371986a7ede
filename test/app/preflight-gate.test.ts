import { describe, expect, test } from "@jest/globals";
import { checkFirstGate } from "../../src/app/preflight/first-gate.ts";
import type { Counts } from "../../src/domain/counts.ts";
import { countsDue } from "../../src/domain/counts-due.ts";
import { decide } from "../../src/domain/decide.ts";
import type { Evidence } from "../../src/domain/evidence.ts";
import type { GateCriterion } from "../../src/domain/gate.ts";
import { type ActiveRollout, isActive } from "../../src/domain/rollout.ts";
import { type ApplicationState, emptyState } from "../../src/domain/state.ts";
import { compare, countedCriterion, countsOf } from "../support/counted.ts";
import { criterionOf } from "../support/policies.ts";
import { HOUR, shop, steps } from "../support/policies-rollout.ts";

const NOW = 1_790_000_000_000;

interface Seen {
  readonly values?: Evidence["values"];
  readonly bad?: number;
  readonly isCounted?: boolean;
  readonly blindness?: readonly string[];
}

async function checkWith(criterion: GateCriterion, seen: Seen, state: ApplicationState = emptyState()) {
  const policy = {
    ...shop,
    gates: new Map([["standard", { name: "standard", criteria: [criterion], holdFor: HOUR }]]),
  };
  const store = { read: async () => state };
  const deploy = { type: "deploy", plan: steps, thresholds: new Map(), acknowledge: false } as const;
  const start = decide(state, { ...deploy, actor: "mia", reason: null, expected: null }, policy, NOW);
  const look = async (_: unknown, after: ApplicationState): Promise<Evidence> => {
    const rollout = after.rollout as ActiveRollout;
    const due = countsDue(rollout, after.bake, policy, NOW);
    const requests = () => ({ total: 300, bad: seen.bad ?? 0 });
    const counts = due.map((each): [string, Counts] => [each.metric, countsOf(each, NOW, requests)]);
    return {
      rollout: rollout.id,
      stage: rollout.stage,
      takenAt: NOW,
      values: seen.values ?? new Map(),
      ...(seen.isCounted === false ? {} : { counts: new Map(counts) }),
      blindness: seen.blindness ?? [],
    };
  };
  return await checkFirstGate({ store, look }, policy, start);
}

describe("a start whose first gate", () => {
  const value = criterionOf("error_rate", "< 0.1", "> 1");

  test("is not red, and is seen, may begin: yellow is no reason not to", async () => {
    expect(await checkWith(value, { values: new Map([["error_rate", [0.5]]]) })).toBeNull();
    expect(await checkWith(countedCriterion(), {})).toBeNull();
  });

  test("is red now may not", async () => {
    expect(await checkWith(value, { values: new Map([["error_rate", [5]]]) })).toEqual({
      name: "gate",
      status: "fail",
      detail: 'the gate "standard" is red now: error_rate 5 is red (red is > 1)',
      fix: "mend that first: the first look would roll back",
    });
  });

  test("is red by the requests of the last five minutes may not, whoever is compared later", async () => {
    for (const criterion of [countedCriterion(), countedCriterion({ compare })])
      expect(await checkWith(criterion, { bad: 30 })).toMatchObject({
        status: "fail",
        detail: expect.stringMatching(
          /^the gate "standard" is red now: error_rate: 300 of 3,000 failed: 10 %; limit 1 %/,
        ),
      });
  });

  test("cannot be seen may not", async () => {
    expect(await checkWith(value, {})).toMatchObject({
      detail: 'the gate "standard" cannot be seen now: blind: no data for error_rate',
      fix: "mend that first: a rollout would be held, blind, at once",
    });
    expect(await checkWith(countedCriterion(), { isCounted: false })).toMatchObject({
      detail: 'the gate "standard" cannot be seen now: blind: no counts for error_rate',
    });
    expect(await checkWith(countedCriterion(), { blindness: ["Watchdog is lost"] })).toMatchObject({
      status: "fail",
    });
  });

  test("is not looked at where the start is refused anyway", async () => {
    const start = decide(
      emptyState(),
      {
        type: "deploy",
        plan: steps,
        thresholds: new Map(),
        acknowledge: false,
        actor: "mia",
        reason: null,
        expected: null,
      },
      shop,
      NOW,
    );
    const rollout = start.changes.find(({ kind }) => kind === "rollout")?.value as ActiveRollout;
    const running = { ...emptyState(), rollout };
    expect(isActive(rollout)).toBe(true);
    expect(await checkWith(value, {}, running)).toBeNull();
  });
});
