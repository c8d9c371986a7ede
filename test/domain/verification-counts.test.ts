import { beforeEach, describe, expect, it } from "@jest/globals";
import type { CountBlock } from "../../src/domain/counts.ts";
import { redShareOf } from "../../src/domain/verification-counts.ts";
import { criterionOf } from "../support/policies.ts";
import { MINUTE } from "../support/policies-rollout.ts";
import { BLOCK, BY, COUNTED, changed, policyWith, Shop } from "./counted-shop.ts";

const median = (values: number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;
const last = ({ app }: Shop) => app.state.verification?.last;

let shop: Shop;
beforeEach(() => {
  shop = new Shop(policyWith(COUNTED));
});

describe("a rollback that is judged by what was counted after it", () => {
  it("is verified within minutes where it has cured the fault, and never escalates", () => {
    const times = Array.from({ length: 60 }, (_, seed) => {
      const cured = new Shop(policyWith(COUNTED), seed);
      cured.all = changed({ rate: 2, bad: 0.05 }, { rate: 2, bad: 0.0005 });
      cured.app.fires("CacheBroken");
      expect(cured.decides(60 * MINUTE)?.reason).toMatch(/^(verified|unverified)$/);
      for (let look = 0; look < 500 && cured.app.rollbackStatus !== "verified"; look += 1) cured.look();
      expect(cured.app.reasons).not.toContain("escalated");
      return cured.seconds;
    });
    expect(median(times)).toBeLessThanOrEqual(300);
    expect(Math.min(...times)).toBeGreaterThan(60);
  });

  it("is hardly ever verified where nothing helped, at 1.5 times the limit", () => {
    const found = Array.from({ length: 40 }, (_, seed) => {
      const same = new Shop(policyWith(COUNTED), 1_000 + seed);
      same.all = () => ({ rate: 2, bad: 0.015 });
      same.app.fires("CacheBroken");
      return same.decides(40 * MINUTE)?.reason;
    });
    // At most 2 % of episodes; the seeds are fixed.
    expect(found.filter((reason) => reason === "verified").length).toBeLessThanOrEqual(1);
  });

  it("says with how many requests, and what they prove", () => {
    shop.all = changed({ rate: 2, bad: 0.05 }, { rate: 2, bad: 0 });
    shop.app.fires("CacheBroken");
    shop.look();
    expect(last(shop)).toEqual({
      at: shop.app.now,
      verdict: "not_yet",
      why: [
        expect.stringMatching(
          /^error_rate: 0 requests since 14:13:30 UTC, none of them bad: about \d+ are needed to tell whether that is below 1 %$/,
        ),
      ],
    });
    const decision = shop.decides(20 * MINUTE);
    expect(decision).toMatchObject({ reason: "verified" });
    expect(decision?.detail).toMatch(
      /good checks in a row; error_rate: \d+ requests since 14:13:30 UTC, none of them bad: below 1 % for certain at 5 %$/,
    );
    expect(decision?.messages).toMatchObject([{ page: false }]);
  });

  it("escalates at once where that has not helped, and not before it is certain", () => {
    shop.all = () => ({ rate: 10, bad: 0.2 });
    shop.app.fires("CacheBroken");
    const decision = shop.decides(10 * MINUTE);
    expect(decision).toMatchObject({ reason: "verification_failed", tier: "stage" });
    expect(decision?.events[0]?.detail).toMatch(
      /^flag did not help: error_rate: \d+ requests since 14:13:30 UTC, \d+ of them bad: above 1 % for certain at 5 %$/,
    );
    // Four blocks of 30 s, the first of them half a minute after the rollback.
    expect(shop.seconds).toBeGreaterThanOrEqual(120);
    // The next tier is judged by what comes after it, against the same incident.
    expect(shop.app.state.verification?.counted).toMatchObject([{ own: null, incident: expect.any(Number) }]);
    expect(shop.decides(10 * MINUTE)).toMatchObject({ reason: "verification_failed", tier: "safe-state" });
    expect(shop.seconds).toBeGreaterThanOrEqual(240);
  });

  it("never escalates what is much better than the incident: people are called, and it is watched on", () => {
    shop.all = changed({ rate: 10, bad: 1 }, { rate: 10, bad: 0.05 });
    shop.app.fires("CacheBroken");
    const decision = shop.decides(60 * MINUTE);
    expect(decision).toMatchObject({ reason: "unverified", messages: [{ kind: "unverified", page: true }] });
    expect(decision?.detail).toMatch(
      /less than half of the 100 % of the incident, and not known to be below 1 %$/,
    );
    expect(shop.app.open).toMatchObject({ tier: "flag", status: "unverified", unproven: "improved" });
    expect(shop.decides(20 * MINUTE)).toBeNull();
    shop.all = () => ({ rate: 10, bad: 0 });
    for (let look = 0; look < 500 && shop.app.rollbackStatus !== "verified"; look += 1) shop.look();
    expect(shop.app.open.unproven).toBeUndefined();
  });

  it("is unproven after half an hour of too few requests: said, watched on, and nobody is called", () => {
    shop.all = changed({ rate: 0.1, bad: 0.3 }, { rate: 0.1, bad: 0 });
    shop.app.fires("CacheBroken");
    const decision = shop.decides(90 * MINUTE);
    expect(shop.seconds).toBeGreaterThanOrEqual(30 * 60);
    expect(shop.seconds).toBeLessThan(31 * 60);
    expect(decision).toMatchObject({
      reason: "unverified",
      messages: [{ kind: "unverified", page: false, quiet: true }],
    });
    expect(decision?.detail).toMatch(/^it is not proven that it helped, and it is watched on: error_rate: /);
    expect(shop.app.open).toMatchObject({ tier: "flag", unproven: "too_few" });
    expect(shop.decides(4 * 60 * MINUTE)).toMatchObject({ reason: "verified" });
  });

  it("is not verified while one of its triggers is true, and not escalated for that alone", () => {
    shop.all = changed({ rate: 10, bad: 0.05 }, { rate: 10, bad: 0 });
    shop.more = { breached: ["ErrorRateSpike"], judgedBy: new Map([["ErrorRateSpike", "error_rate"]]) };
    shop.app.fires("CacheBroken");
    const decision = shop.decides(30 * MINUTE);
    expect(decision).toMatchObject({ reason: "unverified", messages: [{ page: false }] });
    expect(last(shop)).toMatchObject({ verdict: "bad", why: ["ErrorRateSpike is still true"] });
    // One that goes by its value does escalate.
    shop = new Shop(policyWith(COUNTED));
    shop.more = { breached: ["TestsFail"] };
    shop.app.fires("CacheBroken");
    expect(shop.decides(30 * MINUTE)).toMatchObject({ reason: "verification_failed" });
    expect(shop.seconds).toBe(120);
  });

  it("is not judged where nothing is counted any more", () => {
    shop.app.fires("CacheBroken");
    shop.look();
    shop.more = { counts: new Map([["error_rate", { all: [], variants: null }]]) };
    for (let look = 0; look < 30; look += 1) shop.look();
    expect(last(shop)).toMatchObject({
      verdict: "no_data",
      why: ["nothing was counted for error_rate since 14:14:00 UTC"],
    });
  });

  it("is red again by what is counted after it was verified", () => {
    shop.all = changed({ rate: 10, bad: 0.05 }, { rate: 10, bad: 0 });
    shop.app.fires("CacheBroken");
    expect(shop.decides(10 * MINUTE)).toMatchObject({ reason: "verified" });
    expect(shop.app.state.verification?.counted).toMatchObject([{ own: null }]);
    shop.look();
    shop.all = () => ({ rate: 10, bad: 0.3 });
    const decision = shop.decides(10 * MINUTE);
    expect(decision).toMatchObject({ reason: "reopened", messages: [{ kind: "reopened", page: false }] });
    expect(decision?.detail).toMatch(
      /it is the same incident, and is verified again: error_rate: .* above 1 %/,
    );
  });
});

describe("several metrics, and none", () => {
  it("are waited for together: people are called where one is better, and not well", () => {
    const policy = policyWith(COUNTED);
    const [gate] = [...policy.gates.values()];
    const [first] = gate?.criteria ?? [];
    if (gate === undefined || first === undefined) throw new Error("there is a gate");
    const criteria = [first, { ...first, metric: "slow" }];
    shop = new Shop({ ...policy, gates: new Map([["standard", { ...gate, criteria }]]) });
    const bad = changed({ rate: 10, bad: 1 }, { rate: 10, bad: 0.05 });
    shop.all = bad;
    const few = (from: number): CountBlock[] => [{ from, to: from + BLOCK, total: 1, bad: 0, elevated: 0 }];
    shop.also = () =>
      new Map([["slow", { all: few(Math.floor(shop.app.now / BLOCK - 2) * BLOCK), variants: null }]]);
    shop.app.fires("CacheBroken");
    expect(shop.decides(60 * MINUTE)).toMatchObject({ reason: "unverified", messages: [{ page: true }] });
  });

  it("are not counted without a red bound", () => {
    expect(redShareOf({ ...criterionOf("error_rate", "< 0.1"), counted: COUNTED })).toBeNull();
    expect(redShareOf({ ...criterionOf("error_rate", "< 0.1", "> 1"), counted: COUNTED })).toBe(0.01);
    expect(redShareOf(criterionOf("error_rate", "< 0.1", "> 1"))).toBeNull();
  });

  it("have no incident where nothing was counted before, as when an operator rolls back", () => {
    shop.all = changed({ rate: 0, bad: 0 }, { rate: 10, bad: 0 });
    shop.app.rollsBack("phase");
    shop.look();
    expect(shop.app.state.verification?.counted).toMatchObject([{ incident: null }]);
    expect(shop.decides(20 * MINUTE)).toMatchObject({ reason: "verified" });
  });
});

describe("a rollback that took the treatment's traffic away", () => {
  const compared = { ...COUNTED, compare: { by: BY, margin: 0.5 } };
  const none = { rate: 0, bad: 0 };

  it("is judged by control: verified, and nobody is called", () => {
    shop = new Shop(policyWith(compared));
    shop.treatment = changed({ rate: 2, bad: 0.5 }, none);
    shop.all = () => ({ rate: 10, bad: 0 });
    shop.app.fires("ErrorRateSpike");
    shop.more = { idle: ["error_rate", "ErrorRateSpike"], up: [1] };
    const decision = shop.decides(20 * MINUTE);
    expect(decision).toMatchObject({ reason: "verified", messages: [{ page: false }] });
    expect(decision?.detail).toContain("error_rate of control: ");
    expect(decision?.detail).toContain("; nobody is sent to the treatment any more");
  });

  it("is judged by the treatment as long as somebody has it", () => {
    shop = new Shop(policyWith(compared));
    shop.treatment = () => ({ rate: 10, bad: 0.3 });
    shop.all = () => ({ rate: 100, bad: 0 });
    shop.app.fires("CacheBroken");
    const decision = shop.decides(20 * MINUTE);
    expect(decision).toMatchObject({ reason: "verification_failed" });
    expect(decision?.events[0]?.detail).toContain("error_rate of treatment: ");
  });

  it("is judged by what is left where there is no control: the targets that are up", () => {
    shop.all = changed({ rate: 2, bad: 0.05 }, none);
    shop.app.fires("ErrorRateSpike");
    shop.more = { idle: ["error_rate", "ErrorRateSpike"], up: [1, 1] };
    const decision = shop.decides(20 * MINUTE);
    expect(decision).toMatchObject({ reason: "verified", messages: [{ page: false }] });
    expect(decision?.detail).toContain("judged by what is left, and shop is up (2 of 2)");
  });

  it("is not known to have helped where users still should meet it", () => {
    shop.all = changed({ rate: 2, bad: 0.05 }, none);
    shop.app.fires("CacheBroken");
    shop.more = { idle: ["CacheBroken"], judgedBy: new Map([["CacheBroken", "error_rate"]]) };
    const decision = shop.decides(20 * MINUTE);
    expect(decision).toMatchObject({ reason: "unverified", messages: [{ page: true }] });
    expect(decision?.detail).toMatch(
      /it cannot be seen whether it helped: no requests for error_rate since /,
    );
  });
});
