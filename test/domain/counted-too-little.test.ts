import { beforeEach, describe, expect, it } from "@jest/globals";
import { nextCheckOf } from "../../src/domain/decide-check.ts";
import type { Counted } from "../../src/domain/gate.ts";
import { compare, countedCriterion } from "../support/counted.ts";
import { CountedStages, evenly, remembered, START } from "../support/counted-stage.ts";
import { HOUR, MINUTE, SECOND } from "../support/policies-rollout.ts";

let app: CountedStages;
beforeEach(() => {
  app = new CountedStages();
});

describe("a stage with few requests", () => {
  const instant = { traffic: 100, bake: MINUTE, checkEvery: 10 * SECOND };
  const few = "error_rate: 100 of 367 requests seen: not enough yet";
  beforeEach(() => {
    app.requestsAt = () => ({ total: 20, bad: 0 });
  });

  it("is not promoted; after 1.5 times its bake it holds, says what is missing, and calls people once", () => {
    app.begin([countedCriterion()], instant);
    app.runUntil(START + 89 * SECOND);
    expect([app.status, app.stage, app.ledger.length]).toEqual(["running", 1, 1]);
    const decision = app.nextLook();
    expect(decision).toMatchObject({
      reason: "held",
      detail: "error_rate: 60 of 367 requests seen: not enough yet",
      messages: [{ kind: "held", page: true }],
    });
    app.runFor(MINUTE);
    expect(app.ledger).toHaveLength(2);
    expect(app.state.rollout?.hold?.kind).toBe("not_enough");
  });

  it("is promoted by itself once there are enough", () => {
    app.begin([countedCriterion()], instant);
    app.runUntil(START + 9 * MINUTE);
    expect([app.status, app.stage]).toEqual(["holding", 1]);
    app.runUntil(START + 10 * MINUTE);
    expect(app.ledger.at(-1)).toMatchObject({ reason: "promoted", actor: "clock" });
  });

  it("waits as long as the policy says", () => {
    app.begin([countedCriterion()], instant, { notEnoughAfter: 5 * MINUTE });
    app.runUntil(START + 5 * MINUTE - 1);
    expect(app.status).toBe("running");
    app.nextLook();
    expect(app.status).toBe("holding");
  });

  it("is promoted by an operator who says why, and by none who does not", () => {
    app.begin([countedCriterion()], instant);
    app.runUntil(START + 2.5 * MINUTE);
    expect(app.says("approve")).toMatchObject({
      reason: "refused",
      detail: expect.stringMatching(
        /has not seen requests enough .*: give a reason to promote it all the same/,
      ),
    });
    expect(app.says("approve", { reason: "it is night, and we tried it by hand" })).toMatchObject({
      reason: "approved",
    });
    expect(app.ledger.at(-1)?.gate[0]).toMatchObject({ verdict: null, counted: { words: few.slice(12) } });
    expect(app.stage).toBe(2);
  });

  it("is rolled back, and not promoted by anybody, when they are red", () => {
    app.begin([countedCriterion()], instant);
    app.runUntil(START + 2.5 * MINUTE);
    app.requestsAt = () => ({ total: 20, bad: 20 });
    app.runFor(3 * MINUTE);
    expect(app.status).toBe("rolled_back");
  });

  it("is not promoted when it was good until now, and says since how many requests it is not", () => {
    const turn = START + 10 * HOUR;
    app.requestsAt = (_, at) => ({ total: 100, bad: at >= turn ? 2 : 0 });
    const bake = 10 * HOUR + 6 * MINUTE;
    app.begin([countedCriterion()], { traffic: 100, bake }, { notEnoughAfter: bake });
    app.runUntil(START + bake);
    expect([app.status, app.stage]).toEqual(["holding", 1]);
    expect(app.words).toBe(
      "24 of 121,200 failed: 0.02 %, but 24 of the last 1,200: 2 %, not clearly below the limit of 1 %: not green yet",
    );
  });

  it("says how many have failed", () => {
    app.requestsAt = (_, at) => ({ total: 20, bad: at === START ? 1 : 0 });
    app.begin([countedCriterion()], instant);
    app.runUntil(START + 2 * MINUTE);
    expect(app.words).toBe("60 of 657 requests seen, 1 of them failed: not enough yet");
  });
});

describe("a comparison", () => {
  it("ends at 100 %: the limit alone judges, and that is said", () => {
    app.requestsAt = () => ({
      total: 300,
      bad: 0,
      treatment: { total: 300, bad: 0 },
      control: { total: 0, bad: 0 },
    });
    app.begin([countedCriterion({ compare })], { traffic: 100, bake: HOUR });
    app.runUntil(START + HOUR);
    expect(app.words).toMatch(/green; at 100 % the limit alone judges$/);
  });

  it("ends where there is next to no control", () => {
    app.requestsAt = () => ({
      total: 300,
      bad: 0,
      treatment: { total: 300, bad: 0 },
      control: { total: 0, bad: 0 },
    });
    app.begin([countedCriterion({ compare })], { bake: HOUR });
    app.runUntil(START + HOUR);
    expect(app.words).toMatch(
      /green; fewer than 100 requests an hour without the change: the limit alone judges$/,
    );
    app.requestsAt = () => ({
      total: 300,
      bad: 0,
      treatment: { total: 300, bad: 150 },
      control: { total: 0, bad: 0 },
    });
    app.runFor(10 * MINUTE);
    expect(app.status).toBe("rolled_back");
  });
});

describe("latency", () => {
  const slow = (of: Extract<Counted["counts"], { kind: "latency" }>["of"]): Counted["counts"] => ({
    kind: "latency",
    histogram: "request_seconds",
    of,
  });

  it("is told as the share of requests that took longer, and never as a quantile", () => {
    app.requestsAt = remembered(evenly(300, 10));
    app.begin(
      [
        countedCriterion({ counts: slow({ quantile: 0.95 }) }, "p95_latency", ["< 500", "> 500"]),
        countedCriterion({ counts: slow({ above: 250 }), unit: "ratio" }, "slow", ["< 0.02", "> 0.05"]),
      ],
      { bake: HOUR },
    );
    app.runUntil(START + HOUR);
    expect(app.ledger.at(-1)?.gate).toMatchObject([
      { value: null, counted: { words: expect.stringMatching(/^360 of 36,000 took more than 500ms: 1 %/) } },
      { value: 0.01, counted: { words: expect.stringMatching(/^360 of 36,000 took more than 250ms: 1 %/) } },
    ]);
  });
});

describe("requests that cannot be counted", () => {
  it("are no data: the stage is blind, and goes on when they are counted again", () => {
    app.begin([countedCriterion()], { bake: HOUR });
    app.runFor(10 * MINUTE);
    app.requestsAt = () => undefined;
    app.runFor(MINUTE);
    expect(app.state.rollout?.blind?.missing).toEqual(["no counts for error_rate"]);
    app.requestsAt = () => ({ total: 300, bad: 0 });
    app.nextLook();
    expect(app.status).toBe("running");
    expect(app.state.bake?.counting?.get("error_rate")?.state.judged.total).toBeGreaterThan(6_000);
  });

  it("are told with the reason why", () => {
    app.begin([countedCriterion()], { bake: HOUR });
    app.requestsAt = () => undefined;
    app.nextLook({}, ["error_rate: no series"]);
    expect(app.state.rollout?.blind?.missing).toEqual(["error_rate: no series"]);
  });

  it("are no data when the last of them are old", () => {
    app.begin([countedCriterion()], { bake: HOUR });
    app.runFor(5 * MINUTE);
    const none = { all: [], variants: null };
    for (let look = 0; look < 15; look++) {
      app.now = nextCheckOf(app.state) ?? app.now;
      const evidence = { ...app.evidence(), counts: new Map([["error_rate", none]]) };
      app.take({ type: "check", evidence });
    }
    expect(app.state.rollout?.blind?.missing).toEqual([
      "nothing was counted for error_rate in the last 5 minutes",
    ]);
  });

  it("count all again when the policy wants the whole bake again, and what was counted still counts", () => {
    app.begin([countedCriterion()], { bake: HOUR });
    app.policy = { ...app.policy, rollout: { ...app.policy.rollout, afterBlindness: "restart" } };
    app.runFor(10 * MINUTE);
    app.nextLook({}, ["nobody looks"]);
    app.nextLook();
    expect(app.state.bake?.seen).toBe(0);
    expect(app.state.bake?.counting?.get("error_rate")?.state.judged.total).toBeGreaterThan(6_000);
  });
});

describe("values that rest on requests", () => {
  const pass = (minimum: number) => countedCriterion({ judge: "threshold", minimum });

  it("say nothing below their minimum: neither red nor blind nor green", () => {
    app.requestsAt = () => ({ total: 1, bad: 1 });
    app.begin([pass(100)], { bake: HOUR });
    app.runUntil(START + HOUR, { error_rate: 50 });
    expect([app.status, app.stage]).toEqual(["running", 1]);
    app.runUntil(START + 2 * HOUR, { error_rate: 50 });
    expect(app.state.rollout).toMatchObject({
      blind: null,
      hold: { kind: "not_enough", why: ["error_rate: 10 of 100 requests in 5 minutes: not enough yet"] },
    });
  });

  it("judge with as many", () => {
    app.begin([pass(100)], { bake: HOUR });
    app.runUntil(START + HOUR);
    expect(app.stage).toBe(2);
    app.nextLook({ error_rate: 50 });
    expect(app.status).toBe("rolled_back");
  });

  it("are no data where the requests cannot be counted", () => {
    app.requestsAt = () => undefined;
    app.begin([pass(100)], { bake: HOUR });
    app.nextLook();
    expect(app.state.rollout?.blind?.missing).toEqual(["no counts for error_rate"]);
  });

  it("judge alone without a minimum, and where no number of requests could prove the limit", () => {
    for (const criterion of [pass(0), countedCriterion({}, "error_rate", ["<= 0", "> 0"])]) {
      app = new CountedStages();
      app.requestsAt = () => undefined;
      app.begin([criterion], { bake: HOUR });
      expect(nextCheckOf(app.state)).toBe(START + MINUTE);
      app.runUntil(START + HOUR);
      expect(app.stage).toBe(2);
    }
  });
});
