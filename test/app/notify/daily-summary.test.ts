import { describe, expect, test } from "@jest/globals";
import type { Rollback } from "../../../src/domain/rollback.ts";
import { planOf } from "../../support/policies.ts";
import { HOUR, OFF, on } from "../../support/policies-rollout.ts";
import {
  alertOf,
  eventOf,
  firing,
  NOW,
  rollbackOf,
  rolloutOf,
  summaryOf,
  unchangedOf,
} from "./summary-parts.ts";

describe("the daily summary", () => {
  test("of nothing", () => {
    const summary = summaryOf();
    expect(summary).toMatchObject({
      status: "NO ROLLOUT",
      from: NOW - 24 * HOUR,
      to: NOW,
      traffic: 100,
      rollout: null,
      rollbacks: [],
      keptBack: [],
      decisions: [],
      waiting: [],
      overrides: [{ flag: "search", on: false, variable: "SEARCH" }],
    });
  });

  test("tells of the last day only", () => {
    const events = [
      eventOf("flag_changed", 25),
      eventOf("flag_changed", 24),
      eventOf("flag_changed", 1),
      eventOf("flag_changed", -1),
    ];
    expect(summaryOf({}, { events }).decisions).toEqual([{ reason: "flag_changed", times: 1 }]);
  });

  test("tells rollbacks, and how they ended", () => {
    const cache = { flag: "cache", before: on(), after: OFF };
    const events = [
      eventOf("rolled_back", 3, {
        rollback: "rb-7-x",
        tier: "stage",
        alert: alertOf("Slow"),
        flags: [cache],
        traffic: { before: 60, after: 50 },
      }),
      eventOf("escalated", 2.9, {
        rollback: "rb-7-x",
        tier: "phase",
        flags: [cache, { ...cache, flag: "llm" }],
        traffic: { before: 50, after: 30 },
      }),
      eventOf("verified", 2.8, { rollback: "rb-7-x" }),
      eventOf("resolved", 2, { rollback: "rb-7-x", ended: true, alert: alertOf("Slow") }),
      eventOf("rolled_back", 1, { rollback: "rb-11-x", tier: "flag", actor: "ada" }),
    ];
    const {
      endedAt: _,
      lastRevision: __,
      ...open
    } = rollbackOf({ id: "rb-11-x", tier: "flag", trigger: "operator", startedAt: NOW - HOUR });
    const rollback: Rollback = { ...open, status: "failed" };
    const { rollbacks, status } = summaryOf({ past: [rollbackOf()], rollback }, { events });
    expect(status).toBe("ROLLED BACK");
    expect(rollbacks).toEqual([
      {
        id: "rb-7-x",
        at: NOW - 3 * HOUR,
        tier: "phase",
        trigger: "Slow",
        flags: 2,
        traffic: { before: 60, after: 30 },
        outcome: "it has helped, over after 1h",
      },
      {
        id: "rb-11-x",
        at: NOW - HOUR,
        tier: "flag",
        trigger: "operator",
        flags: 0,
        traffic: null,
        outcome: "it has NOT helped, still open",
      },
    ]);
  });

  test("counts alerts and decisions, also those that changed nothing", () => {
    const events = [
      eventOf("rolled_back", 3, { rollback: "rb-7-x", alert: alertOf("Slow") }),
      eventOf("verified", 2, {
        unchanged: [unchangedOf("Slow", "duplicate", 4, 2), unchangedOf("Old", "duplicate", 9, 30)],
      }),
    ];
    const unchanged = [unchangedOf("Slow", "duplicate", 2, 1), unchangedOf("Other", "no_trigger", 1, 1)];
    const summary = summaryOf({ unchanged }, { events });
    expect(summary.alerts).toEqual([
      { alert: "Slow", times: 7 },
      { alert: "Other", times: 1 },
    ]);
    expect(summary.decisions[0]).toEqual({ reason: "duplicate", times: 6 });
    expect(summary.decisions).toHaveLength(4);
  });

  test("tells alerts that were kept back, and which still fire", () => {
    const events = [
      eventOf("cooldown", 3, { alert: alertOf("Slow") }),
      eventOf("held", 2, { alert: alertOf("Odd"), unchanged: [unchangedOf("Slow", "cooldown", 5, 2)] }),
      eventOf("storm_breaker", 1, { alert: alertOf("Slow") }),
      // A gate's hold is for no alert.
      eventOf("held", 1),
    ];
    const kept = new Map([["1", { ...firing("Slow"), why: "cooldown" as const }]]);
    expect(summaryOf({ kept }, { events }).keptBack).toEqual([
      { alert: "Slow", why: "cooldown", times: 6, isFiring: true },
      { alert: "Odd", why: "unrelated", times: 1, isFiring: false },
      { alert: "Slow", why: "storm_breaker", times: 1, isFiring: true },
    ]);
  });

  test("tells how far the rollout is, and what became of it", () => {
    const told = {
      id: "ro-3-x",
      plan: "steps",
      stage: 2,
      stages: 3,
      name: "stage 2",
      status: "running" as const,
    };
    const events = [
      eventOf("promoted", 2, { rollout: told, detail: "stage 1 of 3 promoted: all green" }),
      eventOf("resumed", 1, { rollout: told }),
    ];
    const { rollout, rolloutSteps, status } = summaryOf({ rollout: rolloutOf() }, { events });
    expect(status).toBe("ON TRACK");
    expect(rollout).toEqual({
      id: "ro-3-x",
      plan: "steps",
      status: "running",
      stage: 2,
      stages: 3,
      stageName: "stage 2",
      completed: 33,
      lastDecision: "all green",
    });
    expect(rolloutSteps.map(({ text }) => text)).toEqual(["stage 1 of 3 promoted: all green", "resumed"]);
    expect(summaryOf({ rollout: rolloutOf({ outcome: "completed", endedAt: NOW }) }).rollout?.completed).toBe(
      100,
    );
    expect(summaryOf({ rollout: rolloutOf({ plan: planOf("none", []) }) }).rollout?.completed).toBe(0);
  });

  test("has the begin, the end and the verdict of a rollback that its part of the ledger does not have", () => {
    const { rollbacks, status } = summaryOf(
      { past: [rollbackOf()] },
      { lacking: "those before are left out" },
    );
    expect(status).toBe("ROLLED BACK");
    expect(rollbacks).toMatchObject([
      {
        id: "rb-7-x",
        at: NOW - 3 * HOUR,
        tier: "phase",
        trigger: "Slow",
        outcome: "it has helped, over after 1h",
      },
    ]);
  });

  test("says who ended a rollback that has no verdict", () => {
    const { rollbacks } = summaryOf({ past: [rollbackOf({ status: "verifying" })] });
    expect(rollbacks[0]?.outcome).toBe("an operator ended it before that was known, over after 1h");
  });

  test.each([
    ["aborted", 1, "AT RISK", 1],
    ["failed", 1, "AT RISK", 1],
    ["completed", 1, "ON TRACK", 0],
    ["aborted", 30 * 24, "NO ROLLOUT", 0],
    ["completed", 30 * 24, "NO ROLLOUT", 0],
    ["rolled_back", 30 * 24, "NO ROLLOUT", 0],
  ] as const)("of a rollout %s %d hours ago is %s", (outcome, hoursAgo, status, waiting) => {
    const summary = summaryOf({ rollout: rolloutOf({ outcome, endedAt: NOW - hoursAgo * HOUR }) });
    expect(summary.status).toBe(status);
    expect(summary.waiting).toHaveLength(waiting);
    expect(summary.waiting.every((text) => text.includes("rollguard retry --application shop"))).toBe(true);
  });
});
