import { beforeEach, describe, expect, it } from "@jest/globals";
import { OFF } from "../support/policies-rollout.ts";
import { RollbackSimulator, running } from "../support/rollback-simulator.ts";

const START = 1_790_000_000_000;

let app: RollbackSimulator;
beforeEach(() => {
  app = new RollbackSimulator({ policy: running, now: START });
});

function expectRefused(decision: ReturnType<typeof app.acknowledges>, why: RegExp): void {
  expect(decision).toMatchObject({ reason: "refused", changes: [], events: [], messages: [] });
  expect(decision.detail).toMatch(why);
}

describe("an acknowledgement of a rollback that has ended", () => {
  it("lets its flags out of quarantine, raises nothing, and says so", () => {
    const id = app.wholeRollback("TestsFail");
    const before = app.settings;
    const decision = app.acknowledges(id);
    const detail = "acknowledged by mia: understood; 3 flags leave quarantine";
    expect(decision).toMatchObject({ reason: "approved", rollback: id, tier: null, detail });
    expect(decision.events).toMatchObject([{ actor: "mia", ended: false, flags: [], traffic: null }]);
    expect(decision.messages).toMatchObject([
      { kind: "acknowledged", subject: id, tier: "phase", detail, page: false },
    ]);
    expect(app.quarantine).toEqual({});
    expect(app.settings).toEqual(before);
    expect(app.state.flags.get("cache")).toMatchObject({
      ...OFF,
      updatedBy: "alertmanager",
      updatedAt: START,
    });
    expect(app.state.past).toHaveLength(1);
  });

  it("may be of one that nobody remembers any more", () => {
    const id = app.wholeRollback("TestsFail");
    app.state.past = [];
    expect(app.acknowledges(id).messages).toMatchObject([{ kind: "acknowledged", subject: id, tier: null }]);
    expect(app.quarantine).toEqual({});
  });

  it("may be of a flag that has gone from the policy meanwhile", () => {
    const id = app.wholeRollback("CacheBroken");
    app.policy = { ...running, flags: new Map([...running.flags].filter(([key]) => key !== "cache")) };
    expect(app.acknowledges(id).detail).toMatch("; 1 flag leaves quarantine");
    expect(app.quarantine).toEqual({});
    expect(app.state.raised.size).toBe(0);
  });

  it("is refused the second time", () => {
    const id = app.wholeRollback("TestsFail");
    app.acknowledges(id);
    expectRefused(app.acknowledges(id), /has been acknowledged/);
  });

  it("is only of what it turned down itself, also while another one is open", () => {
    const first = app.wholeRollback("CacheBroken");
    const { rollback } = app.fires("TestsFail");
    expect(app.acknowledges(first).detail).toMatch("; 1 flag leaves quarantine");
    expect(app.quarantine).toEqual({ traffic: rollback, router: rollback });
    expect(app.open.id).toBe(rollback);
  });

  it("leaves a flag to the rollback that turned it down further", () => {
    const first = app.wholeRollback("TestsFail");
    const second = app.wholeRollback("ErrorRateSpike");
    expect(app.quarantine).toEqual({ cache: first, router: first, traffic: second, darwin: second });
  });
});

describe("an acknowledgement of the open rollback", () => {
  it("is refused while alerts fire, naming each once, whether or not it has helped", () => {
    app.fires("TestsFail");
    app.fires("TestsFail", { fingerprint: "other instance" });
    app.fires("CacheBroken");
    expectRefused(app.acknowledges(app.open.id), /TestsFail, CacheBroken still firing; wait/);
    app.verify();
    expectRefused(app.acknowledges(app.open.id), /TestsFail, CacheBroken still firing; wait/);
  });

  it("is refused while it is being verified", () => {
    app.rollsBack("phase");
    app.nextVerify();
    expectRefused(app.acknowledges(app.open.id), /being verified \(1 good checks so far\)/);
    app.state.verification = null;
    expectRefused(app.acknowledges(app.open.id), /being verified \(0 good checks so far\)/);
  });

  it.each(["failed", "unverified"] as const)("closes one that is %s and of which nothing fires", (status) => {
    app.rollsBack("emergency");
    app.looksOn(status === "failed" ? "bad" : "no data");
    const { id } = app.open;
    const { revision } = app.state;
    expect(app.acknowledges(id)).toMatchObject({
      reason: "approved",
      tier: "emergency",
      events: [{ ended: true, rollback: id }],
      messages: [{ tier: "emergency" }],
    });
    expect(app.state).toMatchObject({ rollback: null, verification: null, revision: revision + 1 });
    expect(app.state.past).toMatchObject([{ id, status, endedAt: app.now, lastRevision: revision + 1 }]);
    expect(app.quarantine).toEqual({});
    expectRefused(app.acknowledges(id), /has been acknowledged/);
  });

  it("closes any by force, and waits for its alerts no longer", () => {
    app.fires("TestsFail");
    const { id } = app.open;
    expect(app.acknowledges(id, { force: true }).events).toMatchObject([{ ended: true }]);
    expect(app.state).toMatchObject({ rollback: null, past: [{ id, status: "verifying" }] });
    expect(app.state.alerts.size).toBe(0);
    expect(app.resolves("TestsFail")).toMatchObject({ reason: "resolved", rollback: null, messages: [] });
  });

  it("says so also when it had turned nothing down", () => {
    app.wholeRollback("TestsFail");
    app.fires("TestsFail");
    const { id } = app.open;
    expect(app.acknowledges(id, { force: true }).detail).toMatch("; 0 flags leave quarantine");
  });
});

describe("an acknowledgement that makes no sense", () => {
  it("is refused without a reason, of what nobody knows, and at another revision", () => {
    const id = app.wholeRollback("TestsFail");
    expectRefused(app.acknowledges(id, { reason: null }), /needs a reason/);
    expectRefused(app.acknowledges(id, { reason: "  ", force: true }), /needs a reason/);
    expectRefused(app.acknowledges("rb-9"), /there is no rollback rb-9/);
    expectRefused(app.acknowledges("rb-9", { force: true }), /there is no rollback rb-9/);
    expectRefused(app.acknowledges(id, { expected: 1 }), /at revision 3, not 1/);
    expect(Object.keys(app.quarantine)).toHaveLength(3);
  });
});
