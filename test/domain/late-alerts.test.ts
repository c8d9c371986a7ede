import { describe, expect, it } from "@jest/globals";
import { MAX_ENDED } from "../../src/domain/alert-memory.ts";
import type { RollbackLimits } from "../../src/domain/policy.ts";
import { MINUTE, on, SECOND } from "../support/policies-rollout.ts";
import { RollbackSimulator, running } from "../support/rollback-simulator.ts";

const LISTED = { isFiring: true, by: "Alertmanager lists it as firing" };
const NOT_LISTED = { isFiring: false, by: "Alertmanager does not list it" };
const NO_ANSWER = { isFiring: null, by: "nobody who was asked whether it fires has answered" };

function shop(rollbacks: Partial<RollbackLimits> = {}): RollbackSimulator {
  return new RollbackSimulator({ policy: { ...running, rollbacks: { ...running.rollbacks, ...rollbacks } } });
}

/** Its rollback is over, acknowledged, and what it turned down was raised. */
function raisedAgain(rollbacks: Partial<RollbackLimits> = {}): RollbackSimulator {
  const app = shop(rollbacks);
  app.fires("ErrorRateSpike");
  app.resolves("ErrorRateSpike");
  app.verify();
  app.acknowledges(app.state.past.at(-1)?.id ?? null);
  app.restore(new Map([["traffic", on(60)]]), { acknowledge: true });
  app.now += 35 * SECOND;
  return app;
}

describe("a resolved alert that comes late", () => {
  it("ends nothing when it ended before the one that fires began", () => {
    const app = shop();
    const began = app.now - MINUTE;
    app.fires("ErrorRateSpike", { startsAt: began });
    app.verify();
    const late = app.resolves("ErrorRateSpike", {
      startsAt: began - 10 * MINUTE,
      endsAt: began - 5 * MINUTE,
    });
    expect(late).toMatchObject({ reason: "resolved", rollback: null, changes: [], events: [], messages: [] });
    expect(app.rollbackStatus).toBe("verified");
    expect(app.resolves("ErrorRateSpike", { startsAt: began, endsAt: app.now }).events).toMatchObject([
      { ended: true },
    ]);
  });

  it("is judged by its end, since a start may move earlier; by its start where it says no end", () => {
    const app = shop();
    const began = app.now;
    app.fires("ErrorRateSpike", { startsAt: began });
    app.now += MINUTE;
    expect(app.resolves("ErrorRateSpike", { startsAt: began - MINUTE }).events).toEqual([]);
    expect(app.resolves("ErrorRateSpike", { startsAt: began - MINUTE, endsAt: app.now }).events).toHaveLength(
      1,
    );
  });

  it("ends nothing either when the new beginning came while the old one was held", () => {
    const app = shop();
    const began = app.now - 10 * MINUTE;
    app.fires("ErrorRateSpike", { startsAt: began });
    const again = app.fires("ErrorRateSpike", { startsAt: app.now });
    expect(again).toMatchObject({ reason: "duplicate", events: [] });
    expect(app.resolves("ErrorRateSpike", { startsAt: began, endsAt: app.now - 1 }).events).toEqual([]);
    expect(app.state.alerts.size).toBe(1);
    expect(app.resolves("ErrorRateSpike", { startsAt: app.now, endsAt: app.now }).events).toHaveLength(1);
    expect(app.state.pulses.size).toBe(0);
  });

  it("ends nothing that was kept back either", () => {
    const app = shop({ cooldown: 60 * MINUTE });
    app.wholeRollback("CacheBroken");
    app.fires("CacheBroken");
    expect(app.resolves("CacheBroken", { startsAt: 0, endsAt: app.now - 1 }).events).toEqual([]);
    expect(app.state.kept.size).toBe(1);
  });
});

describe("both in one body", () => {
  const old = (began: number) => ({ startsAt: began, endsAt: began + 5 * MINUTE });

  it("is what fires since, whatever order they come in, where that is held", () => {
    for (const isFiringFirst of [true, false]) {
      const app = shop();
      const began = app.now - 10 * MINUTE;
      const later = { startsAt: began + 6 * MINUTE };
      app.fires("ErrorRateSpike", later);
      app.verify();
      if (isFiringFirst) app.fires("ErrorRateSpike", later);
      app.resolves("ErrorRateSpike", old(began));
      if (!isFiringFirst) app.fires("ErrorRateSpike", later);
      expect(app.reasons).toEqual(["rolled_back", "verified"]);
      expect(app.state.alerts.size).toBe(1);
    }
  });

  it("is one incident where the old one is held, whatever order they come in", () => {
    for (const isFiringFirst of [true, false]) {
      const app = shop({ holdDown: 5 * MINUTE });
      const began = app.now - 10 * MINUTE;
      const { rollback } = app.fires("ErrorRateSpike", { startsAt: began });
      app.verify();
      const later = { startsAt: began + 6 * MINUTE };
      if (isFiringFirst) app.fires("ErrorRateSpike", later);
      app.resolves("ErrorRateSpike", old(began));
      if (!isFiringFirst) app.fires("ErrorRateSpike", later);
      expect(app.open.id).toBe(rollback);
      expect([...app.state.alerts.keys()]).toEqual(["ErrorRateSpike:ErrorRateSpike"]);
    }
  });

  it("ends nothing where nothing is held, and what fires acts", () => {
    for (const isFiringFirst of [true, false]) {
      const app = shop();
      const began = app.now - 10 * MINUTE;
      if (isFiringFirst) app.fires("ErrorRateSpike", { startsAt: began + 6 * MINUTE });
      app.resolves("ErrorRateSpike", old(began));
      if (!isFiringFirst) app.fires("ErrorRateSpike", { startsAt: began + 6 * MINUTE });
      expect(app.reasons).toEqual(["rolled_back"]);
      expect(app.resolves("NobodysAlert", old(began)).reason).toBe("no_trigger");
    }
  });
});

describe("an alert that does not say when it began", () => {
  const isUndated = true;

  it("is the one that is known until it ends, and another one then", () => {
    const app = shop();
    app.fires("ErrorRateSpike", { isUndated });
    app.now += MINUTE;
    expect(app.fires("ErrorRateSpike", { isUndated })).toMatchObject({ reason: "duplicate", changes: [] });
    expect(app.resolves("ErrorRateSpike", { isUndated }).events).toHaveLength(1);
    app.verify();
    app.acknowledges(app.state.past.at(-1)?.id ?? null);
    app.now += MINUTE;
    expect(app.fires("ErrorRateSpike", { isUndated, evidence: "to be asked" }).rollback).not.toBeNull();
  });

  it("is no new beginning of what was acknowledged by force", () => {
    const app = shop();
    const { rollback } = app.fires("CacheBroken", { isUndated });
    app.acknowledges(rollback, { force: true });
    app.now += MINUTE;
    expect(app.fires("CacheBroken", { isUndated })).toMatchObject({ reason: "duplicate", events: [] });
  });
});

describe("a firing alert that comes late", () => {
  it("is asked about before it acts, where somebody can be asked", () => {
    const app = raisedAgain();
    const startsAt = app.now - 10 * MINUTE;
    const first = app.fires("ErrorRateSpike", { startsAt, evidence: "to be asked" });
    expect(first).toMatchObject({ reason: "duplicate", asks: true, changes: [], events: [] });
  });

  it("does not act when it does not fire: told once, with the evidence", () => {
    const app = raisedAgain();
    const startsAt = app.now - 10 * MINUTE;
    const first = app.fires("ErrorRateSpike", { startsAt, evidence: NOT_LISTED });
    expect(first).toMatchObject({ reason: "duplicate", tier: "safe-state", rollback: null, messages: [] });
    expect(first.events).toMatchObject([
      {
        reason: "duplicate",
        flags: [],
        detail: expect.stringMatching(
          /^ErrorRateSpike is not acted on: it has the start of what had ended .* before, and is late news of it: Alertmanager does not list it$/,
        ),
      },
    ]);
    expect(app.settings.get("traffic")).toEqual(on(60));
    expect(app.fires("ErrorRateSpike", { startsAt, evidence: NOT_LISTED }).events).toEqual([]);
  });

  it("acts when it fires, and says by which evidence", () => {
    const app = raisedAgain();
    const startsAt = app.now - 10 * MINUTE;
    const { events } = app.fires("ErrorRateSpike", { startsAt, evidence: LISTED });
    expect(events).toMatchObject([
      {
        reason: "rolled_back",
        detail: expect.stringMatching(/taken as a new beginning: Alertmanager lists it as firing$/),
      },
    ]);
  });

  it("acts when nobody answers, or can be asked, and is told as what it is", () => {
    const one = raisedAgain();
    const startsAt = one.now - 10 * MINUTE;
    expect(one.fires("ErrorRateSpike", { startsAt, evidence: NO_ANSWER }).messages[0]?.detail).toMatch(
      /^ErrorRateSpike is firing; it has the start .* new beginning: nobody who was asked .* has answered$/,
    );
    const other = raisedAgain();
    expect(other.fires("ErrorRateSpike", { startsAt }).messages[0]?.detail).toMatch(
      /and nobody can be asked whether it fires: taken as a new beginning$/,
    );
  });

  it("is told as what it is too where it joins another rollback", () => {
    const app = raisedAgain();
    app.fires("ServiceDown");
    const joins = app.fires("ErrorRateSpike", { startsAt: app.now - 10 * MINUTE });
    expect(joins.events).toMatchObject([
      { reason: "absorbed", detail: expect.stringMatching(/^it has the start .* taken as a new beginning$/) },
    ]);
    const within = raisedAgain({ holdDown: 5 * MINUTE });
    within.fires("ServiceDown");
    const back = within.fires("ErrorRateSpike", { startsAt: within.now - 10 * MINUTE, evidence: LISTED });
    expect(back.events[0]?.detail).toMatch(
      /^ErrorRateSpike comes and goes: .*; it has the start .*: Alertmanager lists it as firing$/,
    );
  });

  it("is told as what it is too where it is kept back", () => {
    const app = raisedAgain({ cooldown: 60 * MINUTE });
    app.fires("ErrorRateSpike");
    app.acknowledges(app.open.id, { force: true });
    app.resolves("ErrorRateSpike");
    const late = app.fires("ErrorRateSpike", { startsAt: app.now - 10 * MINUTE, evidence: NO_ANSWER });
    expect(late.messages).toMatchObject([
      {
        kind: "cooldown",
        detail: expect.stringMatching(/^ErrorRateSpike fires again, .*; it has the start .* has answered$/),
      },
    ]);
  });

  it("is none when it has begun since", () => {
    const app = raisedAgain();
    expect(app.fires("ErrorRateSpike", { evidence: "to be asked" })).toMatchObject({
      reason: "rolled_back",
      detail: "ErrorRateSpike is firing",
    });
  });

  it("is known by the last ones that have ended", () => {
    const app = shop();
    app.fires("TestsFail", { fingerprint: "first" });
    for (let index = 0; index <= 2 * MAX_ENDED; index++) {
      app.fires("TestsFail", { fingerprint: `${index}` });
      app.resolves("TestsFail", { fingerprint: `${index}` });
      app.now += index % 2;
    }
    expect(app.state.ended.size).toBe(MAX_ENDED + 1);
    expect(app.state.ended.has("0:TestsFail")).toBe(false);
    expect(app.state.ended.has(`${2 * MAX_ENDED}:TestsFail`)).toBe(true);
  });

  it("is known by no more of them where an operator ends many at once", () => {
    const app = shop({ holdDown: 5 * MINUTE });
    const { rollback } = app.fires("TestsFail", { fingerprint: "first" });
    const many = Array.from({ length: 3 * MAX_ENDED }, (_, index) => `${index}`);
    for (const fingerprint of many) {
      app.fires("TestsFail", { fingerprint });
      app.resolves("TestsFail", { fingerprint });
      app.fires("TestsFail", { fingerprint });
      app.resolves("TestsFail", { fingerprint });
    }
    const { changes } = app.acknowledges(rollback, { force: true });
    expect(changes.filter(({ kind }) => kind === "ended").length).toBeLessThanOrEqual(3 * MAX_ENDED);
    expect(app.state.ended.size).toBeLessThanOrEqual(2 * MAX_ENDED);
    expect(app.state.pulses.size + app.state.alerts.size).toBe(0);
  });
});
