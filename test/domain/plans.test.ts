import { describe, expect, it } from "@jest/globals";
import { loadPolicies } from "../../src/config/policy-files.ts";
import { type DeployRequest, resolveDeploy } from "../../src/domain/deploy-plan.ts";
import type { FlagSetting } from "../../src/domain/flag.ts";
import type { Plan } from "../../src/domain/plan.ts";
import type { Policy } from "../../src/domain/policy.ts";
import { scheduleOf } from "../../src/domain/schedule.ts";
import { emptyState } from "../../src/domain/state.ts";
import { parseDuration } from "../../src/domain/time.ts";
import { RolloutSimulator } from "../support/rollout-simulator.ts";
import { DEFAULTS, PLANS, type Shares, UPSIDE_DOWN } from "./plan-tables.ts";

const policy = loadPolicies("rules/genesis.yaml").policies[0] as Policy;
const START = Date.UTC(2026, 9, 1);

const NOTHING: DeployRequest = {
  plan: null,
  steps: null,
  wait: null,
  targetPercentage: null,
  errorThreshold: null,
  latencyThreshold: null,
};

const REQUESTS: Readonly<Record<string, DeployRequest>> = {
  // The default.
  safe: NOTHING,
  custom: { ...NOTHING, steps: [0, 10, 50, 100], wait: 600_000 },
};

const GOOD = {
  error_rate: 0.05,
  p95_latency: 120,
  test_pass_rate: 99.2,
  health_checks_passed: 5,
  critical_alerts: 0,
  uptime: 100,
  memory_used: 40,
  cache_hit_rate: 75,
};

const timeAfter = (text: string): number => START + (parseDuration(text) ?? Number.NaN);

function sharesOf(settings: ReadonlyMap<string, FlagSetting>): Shares {
  return Object.fromEntries(
    [...settings].map(([key, { enabled, rolloutPercentage }]) => [key, enabled ? rolloutPercentage : 0]),
  );
}

interface Stood {
  readonly begins: number;
  readonly ends: number;
  readonly shares: Shares;
  /** The longest time between two looks. */
  readonly every: number;
}

/** Runs a plan to its end, and tells what stood at each stage. */
function run(simulator: RolloutSimulator): Stood[] {
  const stages: Stood[] = [];
  while (simulator.isActive) {
    const { stage } = simulator;
    const begins = simulator.now;
    const shares = sharesOf(simulator.settings);
    let every = 0;
    while (simulator.isActive && simulator.stage === stage) {
      const due = simulator.state.bake?.nextSampleAt ?? Number.NaN;
      every = Math.max(every, due - simulator.now);
      simulator.nextLook(GOOD);
      // Nothing moves between the stages.
      if (simulator.stage === stage) expect(sharesOf(simulator.settings)).toEqual(shares);
    }
    stages.push({ begins, ends: simulator.now, shares, every });
  }
  return stages;
}

describe.each(Object.entries(PLANS))("the plan %s", (name, rows) => {
  const resolved = resolveDeploy(REQUESTS[name] ?? { ...NOTHING, plan: name }, policy);
  if ("problems" in resolved) throw new Error(resolved.problems.join("\n"));

  describe.each([
    ["the defaults", DEFAULTS],
    ["everything upside down", UPSIDE_DOWN],
  ])("from %s", (_, start) => {
    const flags = new Map(
      Object.entries(start).map(([key, share]) => [
        key,
        {
          enabled: share > 0,
          rolloutPercentage: share,
          updatedAt: 0,
          updatedBy: "mia",
          quarantinedBy: null,
        },
      ]),
    );
    // The defaults are those of the policy, not of this test: they were never stored.
    const state = start === DEFAULTS ? emptyState() : { ...emptyState(), flags };
    const simulator = new RolloutSimulator({ policy, now: START, state });
    expect(sharesOf(simulator.settings)).toEqual(start);
    const settings = simulator.settings;
    const schedule = scheduleOf({ ...resolved, policy, settings, from: START });
    const deployed = simulator.deploy(resolved.plan, { thresholds: resolved.thresholds });
    const stood = run(simulator);

    it("has the stages, times, flags and checks of domain.md", () => {
      expect(deployed.reason).toBe("promoted");
      let shares = start;
      expect(stood).toEqual(
        rows.map(([begins, ends, traffic, every, set = {}]) => {
          shares = { ...shares, ...set, phase_4_deployment: traffic };
          return { begins: timeAfter(begins), ends: timeAfter(ends), shares, every: parseDuration(every) };
        }),
      );
    });

    it("completes, and remembers its stages", () => {
      expect(simulator.status).toBe("completed");
      expect(simulator.traffic).toBe(rows.at(-1)?.[2]);
      const { history, plan, endedAt } = simulator.state.rollout ?? {};
      expect(plan?.name).toBe(name);
      expect(endedAt).toBe(timeAfter(rows.at(-1)?.[1] ?? ""));
      expect(
        history?.map(({ stage, traffic, startedAt, endedAt }) => [stage, traffic, startedAt, endedAt]),
      ).toEqual(
        rows.map(([begins, ends, traffic], index) => [
          index + 1,
          traffic,
          timeAfter(begins),
          timeAfter(ends),
        ]),
      );
      expect(simulator.state).toMatchObject({ bake: null, rollback: null });
    });

    it("goes as its schedule said", () => {
      const entered = simulator.ledger.filter(({ reason }) => reason === "promoted");
      expect(simulator.ledger.map(({ reason }) => reason)).toEqual([
        ...entered.map(() => "promoted"),
        "completed",
      ]);
      expect(schedule.map(({ stage, startsAt, flags, name }) => [stage, startsAt, flags, name])).toEqual(
        entered.map(({ at, flags, rollout }) => [rollout?.stage, at, flags, rollout?.name]),
      );
      expect(schedule.map(({ endsAt }) => endsAt)).toEqual(stood.map(({ ends }) => ends));
      expect(schedule.map(({ checkEvery }) => checkEvery)).toEqual(stood.map(({ every }) => every));
      expect(schedule.map(({ traffic }) => traffic)).toEqual(rows.map(([, , traffic]) => traffic));
      expect(schedule.map(({ bake }) => bake)).toEqual(resolved.plan.stages.map(({ bake }) => bake));
    });
  });
});

describe("a plan that is retried from a later stage", () => {
  it("goes as its schedule from there said: what the earlier stages set is set at once", () => {
    const later = { ...policy, rollout: { ...policy.rollout, retryFromStage: 3 } };
    const plan = policy.plans.get("hybrid") as Plan;
    const simulator = new RolloutSimulator({ policy: later, now: START });
    simulator.deploy(plan);
    simulator.runFor(17 * 3_600_000, GOOD);
    expect(simulator.stage).toBe(3);
    simulator.nextCheck({ ...GOOD, error_rate: 1.5 });
    expect([simulator.status, simulator.traffic]).toEqual(["rolled_back", 0]);
    simulator.verify();
    const { settings, now: from } = simulator;
    const schedule = scheduleOf({ plan, thresholds: new Map(), policy: later, settings, from, stage: 2 });
    const before = simulator.ledger.length;
    simulator.retry();
    expect(simulator.state.rollout).toMatchObject({ stage: 2, attempt: 2, history: [] });
    expect(sharesOf(simulator.settings)).toMatchObject({
      phase_4_deployment: 85,
      darwin_integration_enabled: 50,
      waltzrl_safety_enabled: 25,
      sglang_router_enabled: 50,
      openenv_enabled: 0,
    });
    simulator.runToEnd(GOOD);
    const entered = simulator.ledger.slice(before, -1);
    expect(schedule.map(({ stage, startsAt, flags }) => [stage, startsAt, flags])).toEqual(
      entered.map(({ at, flags, rollout }) => [rollout?.stage, at, flags]),
    );
    expect(simulator.status).toBe("completed");
  });
});
