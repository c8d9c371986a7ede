import { describe, expect, it } from "@jest/globals";
import { nextQuietOf } from "../../src/domain/decide-resolved.ts";
import type { RollbackLimits } from "../../src/domain/policy.ts";
import { MINUTE, on, SECOND } from "../support/policies-rollout.ts";
import { RollbackSimulator, running } from "../support/rollback-simulator.ts";

function shop(rollbacks: Partial<RollbackLimits> = {}): RollbackSimulator {
  return new RollbackSimulator({ policy: { ...running, rollbacks: { ...running.rollbacks, ...rollbacks } } });
}

/** When it was heard that ErrorRateSpike ended. */
function endOf({ state }: RollbackSimulator): number {
  return state.ended.get("ErrorRateSpike:ErrorRateSpike")?.heardAt ?? Number.NaN;
}

const HELD = { holdDown: 5 * MINUTE };

describe("an alert that alternates", () => {
  it("is one alert of the open rollback: told once, counted, and over when it has been quiet", () => {
    const app = shop(HELD);
    const startsAt = app.now;
    const { rollback } = app.fires("ErrorRateSpike", { startsAt });
    for (let flap = 0; flap < 5; flap++) {
      app.looksFor(75 * SECOND, "good");
      app.resolves("ErrorRateSpike", { startsAt, endsAt: app.now });
      app.looksFor(75 * SECOND, "good");
      expect(app.fires("ErrorRateSpike", { startsAt }).rollback).toBe(rollback);
    }
    app.resolves("ErrorRateSpike", { startsAt, endsAt: app.now });
    app.looksFor(MINUTE, "good");
    expect(app.endsQuiet()).toEqual([]);
    expect(app.rollbackStatus).toBe("verified");
    app.now = nextQuietOf(app.state, app.policy) ?? 0;
    const [over] = app.endsQuiet();
    expect(over?.events).toMatchObject([
      { actor: "clock", reason: "resolved", ended: true, detail: "ErrorRateSpike has not come back for 5m" },
    ]);
    expect(app.state.past.map(({ id }) => id)).toEqual([rollback]);
    expect(app.reasons).toEqual(["rolled_back", "verified", "resolved", "absorbed", "verified", "resolved"]);
    expect(app.ledger.map(({ detail }) => detail)[3]).toBe(
      "ErrorRateSpike comes and goes: it is the same alert until it has been quiet for 5m; the same rollback goes on, and is verified again",
    );
  });

  it("calls nobody when it has the ended rollback go on", () => {
    const app = shop(HELD);
    const id = app.wholeRollback("ErrorRateSpike");
    app.now += MINUTE;
    const { messages } = app.fires("ErrorRateSpike");
    expect(messages).toMatchObject([{ kind: "reopened", subject: id, page: false }]);
    expect(app.open).toMatchObject({ id, status: "verifying", verifiedAt: null });
    expect(app.state.past).toEqual([]);
  });

  it("keeps what is known of how the rollback reached its clients", () => {
    const app = shop(HELD);
    const { rollback } = app.fires("ErrorRateSpike");
    const propagation = { responder: "a", clients: 2, reached: 2, elsewhere: 0, at: app.now };
    app.take({ type: "propagated", rollback: rollback ?? "", propagation });
    app.resolves("ErrorRateSpike");
    app.verify();
    app.fires("ErrorRateSpike");
    expect(app.state.verification?.propagation).toEqual([propagation]);
  });

  it("is told once more within an open rollback that waits for others", () => {
    const app = shop(HELD);
    app.fires("ErrorRateSpike");
    app.fires("CacheBroken");
    app.resolves("CacheBroken");
    const back = app.fires("CacheBroken");
    expect(back.events).toMatchObject([
      {
        reason: "absorbed",
        detail: "CacheBroken comes and goes: it is the same alert until it has been quiet for 5m",
      },
    ]);
    expect(app.resolves("CacheBroken")).toMatchObject({ reason: "resolved", events: [] });
    expect(app.resolves("CacheBroken").changes).toEqual([]);
    expect(app.fires("CacheBroken")).toMatchObject({ reason: "duplicate", events: [] });
    app.resolves("CacheBroken");
    const quiet = app.now;
    app.now += MINUTE;
    app.fires("RouterBroken");
    app.resolves("RouterBroken");
    app.fires("RouterBroken");
    app.resolves("RouterBroken");
    expect(nextQuietOf(app.state, app.policy)).toBe(quiet + 5 * MINUTE);
    app.now = quiet + 5 * MINUTE;
    expect(app.endsQuiet().map(({ events }) => events[0])).toMatchObject([
      { ended: false, alert: { name: "CacheBroken" } },
    ]);
    expect(app.take({ type: "quiet", key: "CacheBroken:CacheBroken" }).changes).toEqual([]);
    expect(app.take({ type: "quiet", key: "ErrorRateSpike:ErrorRateSpike" }).changes).toEqual([]);
    expect(app.take({ type: "quiet", key: "RouterBroken:RouterBroken" }).changes).toEqual([]);
  });

  it("begins another rollback, with a page, when it comes back as soon as the hold-down is over", () => {
    const early = shop(HELD);
    const same = early.wholeRollback("ErrorRateSpike");
    early.now = endOf(early) + 5 * MINUTE - 1;
    expect(early.fires("ErrorRateSpike").rollback).toBe(same);

    const app = shop(HELD);
    const id = app.wholeRollback("ErrorRateSpike");
    app.restore(new Map([["traffic", on(60)]]), { acknowledge: true });
    app.now = endOf(app) + 5 * MINUTE;
    const { rollback, messages } = app.fires("ErrorRateSpike");
    expect(rollback).not.toBe(id);
    expect(messages).toMatchObject([{ kind: "rolled_back", subject: rollback }]);
    expect(messages[0]?.quiet).toBeUndefined();
  });

  it("is one rollback and counts once in a storm, where two replicas disagree for an hour", () => {
    const app = shop(HELD);
    const startsAt = app.now;
    const evidence = { isFiring: true, by: "Alertmanager lists it as firing" };
    const messages = [];
    for (const began = app.now; app.now < began + 60 * MINUTE; ) {
      messages.push(...app.fires("ErrorRateSpike", { startsAt, evidence }).messages);
      app.looksFor(75 * SECOND, "good");
      messages.push(...app.resolves("ErrorRateSpike", { startsAt, endsAt: app.now }).messages);
      app.looksFor(75 * SECOND, "good");
      messages.push(...app.endsQuiet().flatMap((one) => one.messages));
    }
    expect(app.reasons.filter((reason) => reason === "rolled_back")).toHaveLength(1);
    expect(app.state.past.length + (app.state.rollback === null ? 0 : 1)).toBe(1);
    expect(messages.map(({ kind }) => kind)).toEqual(["rolled_back", "ended", "reopened"]);
    expect(messages.map(({ page }) => page)).toEqual([false, false, false]);
    expect(app.ledger.length).toBeLessThan(10);
    expect(app.fires("CacheBroken").reason).not.toBe("storm_breaker");
  });

  it("fires again: nothing of it is over then, and others that are quiet end at their own time", () => {
    const app = shop(HELD);
    for (const name of ["ErrorRateSpike", "CacheBroken"])
      for (let turn = 0; turn < 2; turn++) {
        app.fires(name);
        app.resolves(name);
        app.now += SECOND;
      }
    const quiet = nextQuietOf(app.state, app.policy) ?? 0;
    app.fires("ErrorRateSpike");
    expect(nextQuietOf(app.state, app.policy)).toBeGreaterThan(0);
    expect(nextQuietOf(app.state, app.policy)).not.toBeLessThan(quiet);
    app.fires("CacheBroken");
    expect(nextQuietOf(app.state, app.policy)).toBeNull();
  });

  it("raises nothing when its rollback goes on, and leaves what it turned down as it is", () => {
    const app = shop(HELD);
    app.wholeRollback("ErrorRateSpike");
    const before = new Map(app.settings);
    const { quarantine } = app;
    const back = app.fires("ErrorRateSpike");
    expect(back.changes.filter(({ kind }) => kind === "flag" || kind === "raised")).toEqual([]);
    expect(app.settings).toEqual(before);
    expect(app.quarantine).toEqual(quarantine);
    app.looksOn("bad");
    expect(app.open).toMatchObject({ tier: "emergency" });
  });

  it("acts after a forced acknowledgement once it begins anew, also while it is quiet", () => {
    const app = shop(HELD);
    const startsAt = app.now;
    const { rollback } = app.fires("CacheBroken", { startsAt });
    app.acknowledges(rollback, { force: true });
    app.sets({ cache: true }, { acknowledge: true, reason: "mended" });
    app.now += MINUTE;
    app.resolves("CacheBroken", { startsAt, endsAt: app.now });
    app.now += MINUTE;
    const anew = app.fires("CacheBroken", { evidence: "to be asked" });
    expect(anew).toMatchObject({ reason: "rolled_back", messages: [{ kind: "rolled_back" }] });
    expect(anew.rollback).not.toBe(rollback);
    expect(app.state.kept.size + app.state.pulses.size).toBe(0);
  });

  it("begins another one when somebody has acknowledged, raised, or deployed since, or another rollback came", () => {
    const acknowledged = shop(HELD);
    const id = acknowledged.wholeRollback("ErrorRateSpike");
    acknowledged.acknowledges(id);
    expect(acknowledged.fires("ErrorRateSpike").rollback).not.toBe(id);

    const raised = shop(HELD);
    const before = raised.wholeRollback("CacheBroken");
    raised.now += SECOND;
    raised.restore(new Map([["cache", on()]]), { acknowledge: true });
    expect(raised.fires("CacheBroken")).toMatchObject({ reason: "rolled_back" });
    expect(raised.open.id).not.toBe(before);

    const other = shop(HELD);
    const first = other.wholeRollback("CacheBroken");
    other.wholeRollback("RouterBroken");
    expect(other.fires("CacheBroken").rollback).not.toBe(first);

    const deployed = shop(HELD);
    const ended = deployed.wholeRollback("CacheBroken");
    const [plan] = deployed.policy.plans.values();
    if (plan === undefined) throw new Error("there is a plan");
    deployed.deploy(plan, { acknowledge: true, reason: "mended" });
    expect(deployed.fires("CacheBroken").rollback).not.toBe(ended);
  });

  it("begins another one when its policy asks for more meanwhile", () => {
    const app = shop(HELD);
    const id = app.wholeRollback("CacheBroken");
    const edited = (more: object) => {
      const triggers = new Map(app.policy.triggers);
      triggers.set("CacheBroken", {
        alert: "CacheBroken",
        tier: "flag",
        flags: ["router"],
        suspects: null,
        ...more,
      });
      app.policy = { ...app.policy, triggers };
    };
    edited({});
    expect(app.fires("CacheBroken").rollback).not.toBe(id);
    const other = shop(HELD);
    const before = other.wholeRollback("CacheBroken");
    const triggers = new Map(other.policy.triggers);
    triggers.set("CacheBroken", { alert: "CacheBroken", tier: "phase", flags: [], suspects: null });
    other.policy = { ...other.policy, triggers };
    expect(other.fires("CacheBroken").rollback).not.toBe(before);
  });

  it("may be acknowledged while it is quiet, and by force while it fires", () => {
    const app = shop(HELD);
    const began = app.now;
    const id = app.wholeRollback("ErrorRateSpike");
    app.fires("ErrorRateSpike", { startsAt: began });
    app.fires("CacheBroken");
    app.resolves("ErrorRateSpike");
    expect(app.acknowledges(id).detail).toMatch(/: CacheBroken still firing;/);
    app.now += SECOND;
    app.fires("CacheBroken");
    expect(app.acknowledges(id, { force: true }).reason).toBe("approved");
    expect(app.state.ended.get("ErrorRateSpike:ErrorRateSpike")).toMatchObject({
      acknowledged: true,
      rollback: id,
    });
    expect([...app.state.kept.values()]).toMatchObject([
      { name: "CacheBroken", why: "acknowledged", startsAt: app.now },
    ]);
    expect(app.state.pulses.size).toBe(0);
    expect(app.fires("CacheBroken")).toMatchObject({ reason: "duplicate", events: [] });
  });

  it("does nothing after a forced acknowledgement while it alternates, and acts when it begins anew", () => {
    const app = shop(HELD);
    const startsAt = app.now;
    const { rollback } = app.fires("CacheBroken", { startsAt });
    app.acknowledges(rollback, { force: true });
    for (let flap = 0; flap < 3; flap++) {
      app.now += 75 * SECOND;
      expect(app.resolves("CacheBroken", { startsAt, endsAt: app.now }).events).toEqual([]);
      app.now += 75 * SECOND;
      expect(app.fires("CacheBroken", { startsAt })).toMatchObject({ reason: "duplicate", events: [] });
    }
    app.resolves("CacheBroken", { startsAt, endsAt: app.now });
    app.now += 5 * MINUTE;
    expect(app.endsQuiet()).toMatchObject([{ reason: "resolved", messages: [] }]);
    expect(app.state.ended.get("CacheBroken:CacheBroken")).toMatchObject({ acknowledged: true });
  });
});
