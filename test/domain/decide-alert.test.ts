import { describe, expect, it } from "@jest/globals";
import type { Alert, Trigger } from "../../src/domain/alert.ts";
import { MAX_TRACKED_ALERTS } from "../../src/domain/alert-case.ts";
import { decide } from "../../src/domain/decide.ts";
import { nextVerifyOf } from "../../src/domain/decide-verify.ts";
import type { Decision } from "../../src/domain/decision.ts";
import { Draft } from "../../src/domain/draft.ts";
import type { Policy } from "../../src/domain/policy.ts";
import { emptyState } from "../../src/domain/state.ts";
import { policyOf } from "../support/policies.ts";

const NOW = 1_790_000_000_000;

const policy = policyOf({
  flags: [
    { key: "cache", phase: 6 },
    { key: "router", phase: 6, rolloutPercentage: 50 },
    { key: "darwin", phase: 5 },
    { key: "core", phase: 1 },
    { key: "otel", phase: 5, protected: true },
    { key: "read_only", kind: "operational", enabled: false, rolloutPercentage: 0 },
    { key: "shutdown", kind: "kill-switch", enabled: false, rolloutPercentage: 0 },
  ],
  tiers: {
    phase: { phases: [6], trafficCap: 30 },
    "safe-state": { phases: [5, 6], trafficCap: 0 },
    emergency: { pages: true, killSwitch: true },
  },
  triggers: [
    { alert: "CacheBroken", tier: "flag", flags: ["cache"] },
    { alert: "RouterBroken", tier: "flag", flags: ["router"] },
    { alert: "CoreBroken", tier: "flag", flags: ["core"] },
    { alert: "TestsFail", tier: "phase" },
    { alert: "ErrorRateSpike", tier: "safe-state" },
    { alert: "ServiceDown", tier: "emergency" },
  ],
});

function trigger(name: string): Trigger {
  return policy.triggers.get(name) as Trigger;
}

function alertOf(name: string, more: Partial<Alert> = {}): Alert {
  const labels = { alertname: name };
  return {
    fingerprint: name,
    name,
    status: "firing",
    startsAt: NOW - 60_000,
    application: "shop",
    job: null,
    labels,
    ...more,
  };
}

/** A shop whose alerts are decided one after the other, each taking effect. */
class Shop {
  readonly state = new Draft(emptyState());
  policy: Policy = policy;
  now = NOW;

  fires(name: string, more: Partial<Alert> = {}): Decision {
    return this.#take(alertOf(name, more));
  }

  resolves(name: string, more: Partial<Alert> = {}): Decision {
    return this.#take(alertOf(name, { ...more, status: "resolved" }));
  }

  /** It is known that the rollback has helped. */
  verifies(): void {
    for (let due = nextVerifyOf(this.state); due !== null; due = nextVerifyOf(this.state)) {
      this.now = due;
      const rollback = this.state.rollback?.id ?? "";
      const evidence = {
        rollback,
        takenAt: due,
        values: new Map(),
        answered: ["Trigger"],
        breached: [],
        blindness: [],
      };
      this.state.apply(decide(this.state, { type: "verify", evidence }, this.policy, due));
    }
  }

  #take(alert: Alert): Decision {
    const decision = decide(this.state, { type: "alert", alert }, this.policy, this.now);
    this.state.apply(decision);
    return decision;
  }
}

describe("a firing alert", () => {
  it("turns the tier's flags off and tells before and after", () => {
    const shop = new Shop();
    const decision = shop.fires("TestsFail");
    const off = { enabled: false, rolloutPercentage: 0 };
    expect(decision).toMatchObject({ reason: "rolled_back", tier: "phase" });
    expect(decision.events).toEqual([
      {
        at: NOW,
        actor: "alertmanager",
        reason: "rolled_back",
        rollback: decision.rollback,
        tier: "phase",
        alert: {
          fingerprint: "TestsFail",
          name: "TestsFail",
          startsAt: NOW - 60_000,
          labels: { alertname: "TestsFail" },
        },
        flags: [
          {
            flag: "traffic",
            before: { enabled: true, rolloutPercentage: 100 },
            after: { enabled: true, rolloutPercentage: 30 },
          },
          { flag: "cache", before: { enabled: true, rolloutPercentage: 100 }, after: off },
          { flag: "router", before: { enabled: true, rolloutPercentage: 50 }, after: off },
        ],
        traffic: { before: 100, after: 30 },
        ended: false,
        unchanged: [],
        rollout: null,
        gate: [],
        detail: "TestsFail is firing",
      },
    ]);
    expect(shop.state.flags.get("cache")).toEqual({
      ...off,
      updatedAt: NOW,
      updatedBy: "alertmanager",
      quarantinedBy: decision.rollback,
    });
    expect(decision.messages).toMatchObject([
      { kind: "rolled_back", tier: "phase", alert: "TestsFail", page: false },
    ]);
  });

  it("names the rollback by the revision that began it and the time", () => {
    expect(new Shop().fires("TestsFail").rollback).toBe(`rb-1-${NOW.toString(36)}`);
  });

  it("acts once: the second time it is a duplicate", () => {
    const shop = new Shop();
    const { rollback } = shop.fires("TestsFail");
    expect(shop.fires("TestsFail")).toEqual({
      reason: "duplicate",
      tier: "phase",
      rollback,
      changes: [],
      events: [],
      messages: [],
      detail: null,
    });
  });

  it("is a duplicate also when its start has moved, as it does during an incident", () => {
    const shop = new Shop();
    shop.fires("TestsFail");
    expect(shop.fires("TestsFail", { startsAt: NOW - 600_000 }).reason).toBe("duplicate");
  });

  it("is absorbed when it asks for the running tier or less, and the rollback waits for it too", () => {
    const shop = new Shop();
    const { rollback } = shop.fires("ErrorRateSpike");
    const absorbed = shop.fires("TestsFail");
    expect(absorbed).toMatchObject({ reason: "absorbed", tier: "phase", rollback, messages: [] });
    expect(absorbed.events).toMatchObject([{ reason: "absorbed", flags: [], traffic: null }]);
    shop.resolves("ErrorRateSpike");
    expect(shop.state.rollback).not.toBeNull();
  });

  it("makes the rollback more severe when it asks for more", () => {
    const shop = new Shop();
    const { rollback } = shop.fires("TestsFail");
    const decision = shop.fires("ErrorRateSpike");
    expect(decision).toMatchObject({ reason: "escalated", tier: "safe-state", rollback });
    expect(decision.events[0]?.flags.map(({ flag }) => flag)).toEqual(["traffic", "darwin"]);
    expect(shop.state.rollback).toMatchObject({ id: rollback, tier: "safe-state", trigger: "TestsFail" });
  });

  it("widens a rollback of the same tier to the flags that it names", () => {
    const shop = new Shop();
    shop.fires("CacheBroken");
    expect(shop.fires("CacheBroken", { fingerprint: "other instance" }).reason).toBe("absorbed");
    const widened = shop.fires("RouterBroken");
    expect(widened).toMatchObject({ reason: "escalated", tier: "flag" });
    expect(widened.events[0]?.flags.map(({ flag }) => flag)).toEqual(["router"]);
    expect(shop.state.rollback?.flags).toEqual(["cache", "router"]);
  });

  it("escalates, though milder, when it names a flag that is still on; the tier stays", () => {
    const shop = new Shop();
    shop.fires("TestsFail");
    expect(shop.fires("CoreBroken").events[0]?.flags.map(({ flag }) => flag)).toEqual(["core"]);
    expect(shop.state.rollback).toMatchObject({ tier: "phase", flags: ["core"] });
    expect(shop.fires("CoreBroken").reason).toBe("duplicate");
  });

  it("is absorbed when the flag that it names is off already", () => {
    const shop = new Shop();
    shop.fires("TestsFail");
    expect(shop.fires("CacheBroken")).toMatchObject({ reason: "absorbed", tier: "flag" });
    expect(shop.fires("CacheBroken").reason).toBe("duplicate");
  });

  it("escalates, though known, when the policy was edited to ask for more", () => {
    const shop = new Shop();
    shop.fires("TestsFail");
    shop.policy = {
      ...policy,
      triggers: new Map([["TestsFail", { ...trigger("TestsFail"), tier: "safe-state" }]]),
    };
    expect(shop.fires("TestsFail")).toMatchObject({ reason: "escalated", tier: "safe-state" });
    expect(shop.fires("TestsFail").reason).toBe("duplicate");
    shop.verifies();
    expect(shop.resolves("TestsFail").events).toMatchObject([{ ended: true }]);
  });

  it("is not hidden behind another alert that came with its fingerprint", () => {
    const shop = new Shop();
    shop.fires("TestsFail", { fingerprint: "same" });
    expect(shop.fires("ServiceDown", { fingerprint: "same" }).reason).toBe("escalated");
    shop.resolves("ServiceDown", { fingerprint: "same" });
    expect(shop.state.rollback).not.toBeNull();
  });

  it("is told as already rolled back when there is nothing left to turn down, and can still escalate", () => {
    const shop = new Shop();
    shop.fires("ErrorRateSpike");
    shop.resolves("ErrorRateSpike");
    shop.verifies();
    const decision = shop.fires("TestsFail");
    expect(decision).toMatchObject({ reason: "already_rolled_back", tier: "phase" });
    expect(decision.events).toMatchObject([{ reason: "already_rolled_back", flags: [] }]);
    expect(shop.fires("ServiceDown")).toMatchObject({ reason: "escalated", rollback: decision.rollback });
  });

  it("pages and engages the kill switch where the policy says so, and does not quarantine the switch", () => {
    const shop = new Shop();
    expect(shop.fires("ServiceDown").messages).toMatchObject([{ page: true }]);
    expect(shop.state.flags.get("shutdown")).toMatchObject({ enabled: true, quarantinedBy: null });
  });

  it("leaves protected flags and operational switches alone", () => {
    const shop = new Shop();
    shop.fires("ServiceDown");
    expect(shop.state.flags.has("otel")).toBe(false);
    expect(shop.state.flags.has("read_only")).toBe(false);
  });

  it("is nobody's business when no trigger has its name", () => {
    expect(new Shop().fires("DiskFull")).toMatchObject({ reason: "no_trigger", events: [], rollback: null });
    expect(new Shop().resolves("DiskFull").reason).toBe("no_trigger");
  });

  it("is counted but not kept once a rollback tracks as many as it may; one that asks for more still acts", () => {
    const shop = new Shop();
    shop.fires("TestsFail");
    for (let index = 1; index < MAX_TRACKED_ALERTS; index += 1)
      shop.fires("TestsFail", { fingerprint: `${index}` });
    expect(shop.state.alerts.size).toBe(MAX_TRACKED_ALERTS);
    expect(shop.fires("TestsFail", { fingerprint: "one more" })).toMatchObject({
      reason: "absorbed",
      events: [],
    });
    expect(shop.fires("ErrorRateSpike").reason).toBe("escalated");
  });
});

describe("a resolved alert", () => {
  it("ends itself, and the last one ends the rollback that has helped; nothing is turned on again", () => {
    const shop = new Shop();
    const { rollback } = shop.fires("TestsFail");
    shop.fires("ErrorRateSpike");
    shop.verifies();
    const first = shop.resolves("TestsFail");
    expect(first).toMatchObject({ reason: "resolved", rollback, messages: [] });
    expect(first.events).toMatchObject([{ reason: "resolved", ended: false }]);
    const last = shop.resolves("ErrorRateSpike");
    expect(last.events).toMatchObject([{ reason: "resolved", ended: true, rollback }]);
    expect(last.messages).toMatchObject([{ kind: "ended", subject: rollback }]);
    expect(shop.state.rollback).toBeNull();
    expect(shop.state.flags.get("cache")).toMatchObject({ enabled: false, quarantinedBy: rollback });
  });

  it("changes nothing when nobody waits for it", () => {
    const shop = new Shop();
    expect(shop.resolves("TestsFail")).toMatchObject({ reason: "resolved", rollback: null, events: [] });
    shop.fires("TestsFail");
    expect(shop.resolves("ErrorRateSpike")).toMatchObject({ reason: "resolved", events: [] });
  });
});
