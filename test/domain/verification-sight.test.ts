import { beforeEach, describe, expect, it } from "@jest/globals";
import type { VerifyEvidence } from "../../src/domain/verification.ts";
import { judgeCheck } from "../../src/domain/verification-check.ts";
import { MINUTE, SECOND } from "../support/policies-rollout.ts";
import { RollbackSimulator, running } from "../support/rollback-simulator.ts";

const START = 1_790_000_000_000;

let app: RollbackSimulator;
beforeEach(() => {
  app = new RollbackSimulator({ policy: running, now: START });
});

const seconds = (): number => (app.now - START) / SECOND;

/** What a recording rule that is evaluated every 15 s shows: several looks see the same sample. */
const sampledEvery = (every: number): Pick<VerifyEvidence, "sampled"> => {
  const age = (app.now - START) % every;
  return { sampled: { at: app.now - age, age } };
};

const looks = (sight: Parameters<RollbackSimulator["look"]>[0], more: Partial<VerifyEvidence> = {}) => {
  app.now = Math.max(app.now, app.dueLook ?? Number.NaN);
  return app.look(sight, { ...sampledEvery(15 * SECOND), ...more });
};

describe("a sample counts once, by its own time", () => {
  it("whatever the looks: three good checks are three samples", () => {
    app.fires("TestsFail");
    let count = 1;
    while (looks("good").reason !== "verified") count += 1;
    expect(count).toBe(7);
    expect(seconds()).toBe(75);
  });

  it("also of bad ones: who was away escalates by three of them", () => {
    app.fires("TestsFail");
    app.now += 60 * MINUTE;
    const old = { sampled: { at: app.now, age: 0 } };
    for (let look = 0; look < 5; look += 1) expect(looks("bad", old).reason).toBeNull();
    expect(looks("bad", { sampled: { at: app.now + 1, age: 0 } }).reason).toBeNull();
    expect(looks("bad", { sampled: { at: app.now + 2, age: 0 } }).reason).toBe("verification_failed");
  });

  it("says nothing where it was taken before the tier was applied", () => {
    app.fires("TestsFail");
    app.now += 45 * SECOND;
    app.look("bad", { sampled: { at: 1, age: 46 * SECOND } });
    expect(app.state.verification?.last).toMatchObject({
      verdict: "not_yet",
      why: ["error_rate looks back 0s: for 1s more it tells of before the rollback", expect.any(String)],
    });
  });
});

describe("no data", () => {
  it("needs no new sample: people are called though nothing is recorded any more", () => {
    app.fires("TestsFail");
    app.now += 60 * MINUTE;
    const same = { sampled: { at: app.now, age: 0 } };
    const reasons = [1, 2, 3].map(() => looks("no data", same).reason);
    expect(reasons).toEqual([null, null, "unverified"]);
  });
});

describe("what looks back", () => {
  const looksBack = new Map([["error_rate", 5 * MINUTE + 5 * SECOND]]);

  it("is neither good nor bad before its range has passed: a cure is not escalated for it", () => {
    app.fires("CacheBroken");
    // Cured at once, and above its limit for five minutes.
    while (seconds() < 300) {
      expect(looks("bad", { looksBack }).reason).toBeNull();
      expect(app.state.verification?.last?.verdict).toBe("not_yet");
    }
    for (let decision = looks("good", { looksBack }); decision.reason === null; )
      decision = looks("good", { looksBack });
    expect(app.rollbackStatus).toBe("verified");
    expect(app.reasons).toEqual(["rolled_back", "verified"]);
    expect(seconds()).toBe(345);
  });

  it("escalates two minutes later where it is bad then", () => {
    app.fires("CacheBroken");
    while (app.reasons.length === 1) looks("bad", { looksBack });
    expect(app.reasons).toEqual(["rolled_back", "verification_failed", "escalated"]);
    expect(seconds()).toBe(425);
  });

  it("holds of a trigger too", () => {
    app.fires("CacheBroken");
    app.now += 45 * SECOND;
    app.look("good", { breached: ["CacheBroken"], looksBack: new Map([["CacheBroken", MINUTE]]) });
    expect(app.state.verification?.last?.why).toEqual([
      "CacheBroken looks back 60s: for 15s more it tells of before the rollback",
    ]);
  });
});

describe("a rollback that took all traffic away", () => {
  const idle = ["error_rate", "ErrorRateSpike"];
  const none = { error_rate: null };

  it("is verified by what is left, where the targets are up: nobody is paged", () => {
    app.fires("ErrorRateSpike");
    expect(app.traffic).toBe(0);
    const decision = [1, 2, 3]
      .map(() => looks(none, { idle, up: [1, 1], sampled: { at: app.now, age: 0 } }))
      .at(-1);
    expect(decision).toMatchObject({
      reason: "verified",
      detail:
        "3 good checks in a row; no traffic for error_rate, ErrorRateSpike, since the rollback took it away: judged by what is left, and shop is up (2 of 2)",
    });
    expect(app.ledger).toHaveLength(2);
  });

  it.each([
    [[1, 0], "1 of 2 targets of shop are down"],
    [[], "nothing tells whether shop is up"],
    [undefined, "nothing tells whether shop is up"],
  ])("is not verified where the old way may be down: %p", (up, why) => {
    app.fires("ErrorRateSpike");
    app.now += 45 * SECOND;
    app.look(none, { idle, ...(up === undefined ? {} : { up }) });
    expect(app.state.verification?.last).toMatchObject({
      verdict: "no_data",
      why: [`no traffic for error_rate, ErrorRateSpike, since the rollback took it away, and ${why}`],
    });
  });

  it("is bad where something that is left is", () => {
    app.fires("ErrorRateSpike");
    app.now += 45 * SECOND;
    app.look({ error_rate: null, pass_rate: 3 }, { idle, up: [1] });
    expect(app.state.verification?.last).toMatchObject({
      verdict: "bad",
      why: ["pass_rate 3 is red (red is < 95)"],
    });
  });

  it("is not taken for that while users still meet it", () => {
    app.fires("CacheBroken");
    app.now += 45 * SECOND;
    app.look(none, { idle, up: [1] });
    expect(app.state.verification?.last?.why).toEqual([
      "error_rate is NaN: nobody asks for what it is a share of",
      "ErrorRateSpike is NaN: nobody asks for what it is a share of",
    ]);
  });
});

describe("a verdict is a finite number", () => {
  it.each([
    ["good", [Number.POSITIVE_INFINITY], "no_data", "error_rate is Infinity: that is no data"],
    ["good", [0, Number.NEGATIVE_INFINITY], "no_data", "error_rate is -Infinity: that is no data"],
    ["known to be bad", [9, Number.POSITIVE_INFINITY], "bad", "error_rate 9 is red (red is > 1)"],
  ])("or none: %s", (_, values, verdict, why) => {
    const evidence = app.sight({ error_rate: values });
    expect(judgeCheck(evidence, running)).toMatchObject({ verdict, why: [why] });
  });
});

describe("after it was verified", () => {
  beforeEach(() => {
    app.fires("TestsFail");
    app.verify();
  });

  const watch = (sight: "good" | "bad") => {
    app.now += 15 * SECOND;
    return app.look(sight);
  };

  it("it is watched while its alerts fire: red again is the same incident, and pages nobody", () => {
    const { rollback } = app.ledger[0] ?? {};
    expect([watch("bad").reason, watch("good").reason, watch("bad").reason, watch("bad").reason]).toEqual([
      null,
      null,
      null,
      null,
    ]);
    const decision = watch("bad");
    const detail =
      "red again 1m15s after it was verified: it is the same incident, and is verified again: error_rate 7 is red (red is > 1)";
    expect(decision).toMatchObject({ reason: "reopened", rollback, detail });
    expect(decision.messages).toMatchObject([{ kind: "reopened", page: false }]);
    expect(app.open).toMatchObject({ id: rollback, status: "verifying", verifiedAt: null });
    expect(app.state.verification).toMatchObject({ since: app.now, good: 0, looks: 0 });
    expect(app.looksOn("bad")).toMatchObject({ reason: "verification_failed" });
    expect(app.open).toMatchObject({ id: rollback, tier: "safe-state" });
  });

  it("it ends as soon as they resolve", () => {
    watch("bad");
    app.resolves("TestsFail");
    expect(app.state).toMatchObject({ rollback: null, past: [{ status: "verified" }] });
    expect(app.look("bad").changes).toEqual([]);
  });
});

describe("a trigger that is red again within an hour of being verified", () => {
  const held = { ...running, rollbacks: { ...running.rollbacks, holdDown: 5 * MINUTE } };
  let id: string;
  beforeEach(() => {
    app.policy = held;
    app.fires("CacheBroken");
    app.fires("TestsFail");
    app.resolves("CacheBroken");
    app.resolves("TestsFail");
    app.verify();
    id = app.state.past[0]?.id ?? "";
    expect(app.state.rollback).toBeNull();
  });

  it.each(["CacheBroken", "TestsFail"])(
    "goes on with its rollback, whichever of its triggers it is: %s",
    (name) => {
      app.now += 59 * MINUTE;
      const decision = app.fires(name, { fingerprint: "another pod" });
      expect(decision).toMatchObject({ reason: "absorbed", rollback: id });
      expect(decision.detail).toBe(
        `${name}: red again 59m after it was verified: it is the same incident; the same rollback goes on, and is verified again`,
      );
      expect(decision.messages).toMatchObject([{ kind: "reopened", page: false }]);
      expect(app.open).toMatchObject({
        id,
        status: "verifying",
        trigger: "CacheBroken",
        joined: ["TestsFail"],
      });
    },
  );

  it.each<[string, () => void]>([
    [
      "an hour later",
      () => {
        app.now += 60 * MINUTE;
      },
    ],
    ["where somebody has acknowledged it", () => void app.acknowledges(id)],
    [
      "where the policy knows no hold-down",
      () => {
        app.policy = running;
      },
    ],
  ])("is another one %s", (_, happens) => {
    app.now += 6 * MINUTE;
    happens();
    app.fires("CacheBroken");
    expect(app.open.id).not.toBe(id);
  });

  it("is another one where it was none of its triggers", () => {
    app.now += 6 * MINUTE;
    app.fires("RouterBroken");
    expect(app.open.id).not.toBe(id);
  });
});

describe("triggers that join", () => {
  it("are remembered by the rollback once, after they have resolved too", () => {
    app.fires("TestsFail");
    app.fires("CacheBroken");
    app.fires("CacheBroken", { fingerprint: "another" });
    app.resolves("CacheBroken");
    app.resolves("CacheBroken", { fingerprint: "another" });
    expect(app.open).toMatchObject({ trigger: "TestsFail", joined: ["CacheBroken"] });
    app.fires("ErrorRateSpike");
    expect(app.open).toMatchObject({ tier: "safe-state", joined: ["CacheBroken", "ErrorRateSpike"] });
  });
});
