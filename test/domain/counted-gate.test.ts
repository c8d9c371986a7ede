import { beforeEach, describe, expect, it } from "@jest/globals";
import { nextCheckOf } from "../../src/domain/decide-check.ts";
import type { Instant } from "../../src/domain/time.ts";
import { compare, countedCriterion, type Requests } from "../support/counted.ts";
import { CountedStages, dayOf, evenly, remembered, START } from "../support/counted-stage.ts";
import { criterionOf } from "../support/policies.ts";
import { HOUR, MINUTE, SECOND } from "../support/policies-rollout.ts";

let app: CountedStages;
beforeEach(() => {
  app = new CountedStages();
});

describe("a service of 60 requests a minute", () => {
  it("is not rolled back by one failed request", () => {
    app.requestsAt = (_, at) => ({ total: 30, bad: at - START === 5 * MINUTE ? 1 : 0 });
    app.begin([countedCriterion()], { bake: HOUR });
    app.runUntil(START + HOUR);
    expect(app.stage).toBe(2);
    expect(app.words).toBe("1 of 3,600 failed: 0.028 %, at most 0.18 %; limit 1 %: green");
  });

  it("is rolled back in minutes when all of them fail, late in the stage too", () => {
    app.requestsAt = (_, at) => ({ total: 30, bad: at - START >= 1.5 * HOUR ? 30 : 0 });
    app.begin([countedCriterion()]);
    app.runUntil(START + 2 * HOUR);
    expect(app.status).toBe("rolled_back");
    const told = app.ledger.at(-1);
    expect((told?.at ?? 0) - START).toBeLessThanOrEqual(1.5 * HOUR + 3.5 * MINUTE);
    expect(told?.detail).toMatch(
      /^error_rate: \d+ of 300 failed in the last 5m: \d+ %; limit 1 %: red \(by chance in at most 0\.83 % of healthy rollouts\)/,
    );
  });
});

describe("a healthy stage", () => {
  it.each([
    ["10 requests a second and 0.05 %", 300, 0.5],
    ["50 requests a second and 0.1 %", 1_500, 1],
  ])("of %s is promoted", (_, total, perMille) => {
    app.requestsAt = remembered(evenly(total, perMille));
    app.countsBefore = dayOf(perMille);
    app.begin([countedCriterion()]);
    app.runUntil(START + 2 * HOUR);
    expect([app.status, app.stage]).toEqual(["running", 2]);
  });

  it("is looked at every 30 s whatever checkEvery says, and bakes its whole time", () => {
    app.begin([countedCriterion()]);
    expect(nextCheckOf(app.state)).toBe(START + 30 * SECOND);
    app.runUntil(START + 2 * HOUR - 1);
    expect(app.stage).toBe(1);
    app.nextLook();
    expect(app.stage).toBe(2);
    expect(app.state.bake?.counting).toBeUndefined();
  });

  it("keeps the cadence of the criteria that are judged by their values", () => {
    app.begin([countedCriterion(), criterionOf("uptime", ">= 100", "< 99.9")]);
    app.runUntil(START + 2 * HOUR - MINUTE);
    expect(app.state.bake?.samples.get("uptime")?.count).toBe(1);
  });

  it("goes on from a bake that an older build has kept", () => {
    app.begin([countedCriterion()], { bake: HOUR });
    app.runFor(10 * MINUTE);
    const { counting: _, lookEvery: __, ...old } = app.state.bake ?? {};
    app.state.bake = old as typeof app.state.bake;
    app.runUntil(START + HOUR + MINUTE);
    expect(app.stage).toBe(2);
  });

  it("is not judged by its first seconds where the gate lets it settle", () => {
    app.requestsAt = (_, at) => ({ total: 300, bad: at < START + 2 * MINUTE ? 300 : 0 });
    app.begin([countedCriterion()], { bake: HOUR }, { settle: 2 * MINUTE });
    app.runUntil(START + HOUR);
    expect(app.stage).toBe(2);
  });
});

describe("a canary that fails 5 % of its own requests, at 5 % of 3,000 a minute", () => {
  const compared = countedCriterion({ compare });
  const requests = (from: Instant) => {
    const [treatment, control] = [evenly(75, 50), evenly(1_425, 0.4)];
    return remembered((at) => ({
      total: 1_500,
      bad: 0,
      treatment: at >= from ? treatment(at) : { total: 75, bad: 0 },
      control: control(at),
    }));
  };

  it("is red in minutes, beside control", () => {
    app.requestsAt = requests(START);
    app.begin([compared]);
    app.runUntil(START + 6 * MINUTE);
    expect(app.status).toBe("rolled_back");
    expect(app.ledger.at(-1)?.detail).toMatch(
      /^error_rate: treatment [45](\.\d)? % of \d+, control 0\.0\d+ % of [\d,]+; margin 0\.5 %: red \(by chance in at most 0\.42 % of healthy rollouts\)/,
    );
  });

  it("is when it begins late in the stage too", () => {
    app.requestsAt = requests(START + 1.5 * HOUR);
    app.begin([compared]);
    app.runUntil(START + 1.5 * HOUR + 8 * MINUTE);
    expect(app.status).toBe("rolled_back");
    expect(app.ledger.at(-1)?.detail).toMatch(/^error_rate: treatment .* in the last 5m; margin/);
  });

  it("is not told from the rest of the service without a comparison", () => {
    app.requestsAt = remembered(evenly(1_500, 3));
    app.countsBefore = dayOf(0.5);
    app.begin([countedCriterion()]);
    app.runUntil(START + 2 * HOUR);
    expect(app.state.rollout?.hold?.kind).toBe("yellow");
    expect(app.words).toMatch(
      /^1,0\d\d of 360,000 failed: 0\.3 %; green is 0\.1 % at most, and 0\.086 % is usual at most: yellow$/,
    );
  });

  it("begins anew to count at every change of percentage", () => {
    app.requestsAt = requests(START + 24 * HOUR);
    app.begin([compared], { bake: HOUR });
    app.runUntil(START + HOUR + 30 * SECOND);
    expect(app.stage).toBe(2);
    expect(app.state.bake?.counting?.get("error_rate")?.state.judged.total).toBe(75);
  });
});

describe("what hits those without the change too", () => {
  const both = (at: Instant): Requests => {
    const isBad = at < START + 5 * MINUTE;
    return {
      total: 1_500,
      bad: 0,
      treatment: { total: 75, bad: isBad ? 15 : 0 },
      control: { total: 1_425, bad: isBad ? 285 : 0 },
    };
  };

  it("holds and calls people, rolls nothing back, and is said to be over", () => {
    app.requestsAt = (_, at) => both(at);
    app.begin([countedCriterion({ compare })]);
    let pages = 0;
    for (let look = 0; look < 9; look++) pages += app.nextLook().messages.filter(({ page }) => page).length;
    expect(pages).toBe(1);
    expect(app.status).toBe("holding");
    expect(app.state.rollout?.hold?.kind).toBe("shared_cause");
    expect(app.state.rollout?.lastDecision.detail).toMatch(
      /^error_rate: treatment 20 % of \d+, control 20 % of [\d,]+; limit 1 %: what hits those without the change too is not its doing$/,
    );
    expect(app.says("approve").reason).toBe("refused");
    app.runUntil(START + 15 * MINUTE);
    expect(app.status).toBe("running");
    expect(app.ledger.map(({ reason }) => reason)).toEqual(["promoted", "held", "resumed"]);
    expect(app.ledger.at(-1)?.detail).toBe("those without the change are not red any more");
  });
});

describe("a value that is above green and below red", () => {
  it("is promoted after its whole bake where it was so before, and that is said", () => {
    app.requestsAt = remembered(evenly(1_500, 2));
    app.countsBefore = dayOf(2);
    app.begin([countedCriterion()], { bake: HOUR });
    app.runUntil(START + HOUR);
    expect(app.stage).toBe(2);
    expect(app.ledger.at(-1)?.detail).toBe(
      "stage 1 of 6 promoted: all green; error_rate: 360 of 180,000 failed: 0.2 %, at most 0.24 %; limit 1 %: green, though 0.2 % is above its green bound of 0.1 %: as before",
    );
  });

  it("holds where the policy is strict", () => {
    app.requestsAt = remembered(evenly(1_500, 2));
    app.countsBefore = dayOf(2);
    app.begin([countedCriterion({ yellow: "hold" })], { bake: HOUR });
    app.runUntil(START + HOUR);
    expect(app.state.rollout?.hold?.kind).toBe("yellow");
    expect(app.words).toBe("360 of 180,000 failed: 0.2 %; green is 0.1 % at most: yellow");
    expect([app.state.bake?.needed, app.state.bake?.seen]).toEqual([2 * HOUR, 0]);
  });

  it("holds where treatment is worse than control", () => {
    const [treatment, control] = [evenly(750, 4), evenly(750, 0.5)];
    app.requestsAt = remembered((at) => ({
      total: 0,
      bad: 0,
      treatment: treatment(at),
      control: control(at),
    }));
    app.begin([countedCriterion({ compare })], { bake: HOUR });
    app.runUntil(START + HOUR);
    expect(app.state.rollout?.hold?.kind).toBe("yellow");
    expect(app.words).toMatch(
      /^360 of 90,000 failed: 0\.4 %; green is 0\.1 % at most, and control has 0\.05 % of 90,000: yellow$/,
    );
  });

  it("holds where nothing is known of what was before", () => {
    app.requestsAt = remembered(evenly(1_500, 2));
    app.begin([countedCriterion()], { bake: HOUR });
    app.runUntil(START + HOUR);
    expect(app.state.rollout?.hold?.kind).toBe("yellow");
  });

  it("is as before when that is answered late", () => {
    app.requestsAt = remembered(evenly(1_500, 2));
    app.begin([countedCriterion()], { bake: HOUR });
    app.runFor(30 * MINUTE);
    app.countsBefore = dayOf(2);
    app.runUntil(START + HOUR);
    expect(app.stage).toBe(2);
  });
});
