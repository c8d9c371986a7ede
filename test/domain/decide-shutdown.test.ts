import { beforeEach, describe, expect, it } from "@jest/globals";
import { exposuresOf } from "../../src/domain/flag.ts";
import { policyOf } from "../support/policies.ts";
import { OFF, on, shop, steps } from "../support/policies-rollout.ts";
import { RollbackSimulator, running } from "../support/rollback-simulator.ts";

const START = 1_790_000_000_000;

let app: RollbackSimulator;
beforeEach(() => {
  app = new RollbackSimulator({ policy: running, now: START });
});

const exposures = () => exposuresOf(app.policy.flags, app.settings);

describe("the kill switch", () => {
  it("turns everything off that is not protected, pages, and back on as it was", () => {
    const before = exposures();
    const decision = app.shutdown(true);
    const change = { flag: "shutdown", before: OFF, after: on() };
    const detail = "shutdown turned on by mia: drill";
    expect(decision).toMatchObject({ reason: "flag_changed", rollback: null, detail });
    expect(decision.events).toMatchObject([
      { actor: "mia", flags: [change], traffic: { before: 100, after: 0 }, rollout: null },
    ]);
    expect(decision.messages).toEqual([
      {
        subject: "shutdown-1",
        kind: "flags_changed",
        at: START,
        tier: null,
        alert: null,
        flags: [change],
        rollout: null,
        detail,
        page: true,
      },
    ]);
    expect(app.state.flags.get("shutdown")).toEqual({
      ...on(),
      updatedAt: START,
      updatedBy: "mia",
      quarantinedBy: null,
    });
    expect(Object.fromEntries(exposures())).toMatchObject({ traffic: 0, cache: 0, core: 0, otel: 100 });
    app.now += 1;
    const off = app.shutdown(false);
    expect(off).toMatchObject({ detail: "shutdown turned off by mia: drill", messages: [{ page: false }] });
    expect(off.events).toMatchObject([{ traffic: { before: 0, after: 100 } }]);
    expect(exposures()).toEqual(before);
    expect(app.state.flags.get("shutdown")).toMatchObject({ ...OFF, updatedAt: app.now });
  });

  it("changes nothing where it stands so already", () => {
    expect(app.shutdown(false)).toMatchObject({
      reason: "flag_changed",
      detail: "shutdown is off already",
      changes: [],
      events: [],
    });
    app.shutdown(true);
    expect(app.shutdown(true)).toMatchObject({ detail: "shutdown is on already", events: [] });
  });

  it("ends a rollout that runs, and leaves one alone that has ended", () => {
    app = new RollbackSimulator({ policy: shop, now: START });
    app.deploy(steps);
    const decision = app.shutdown(true);
    expect(decision.events).toMatchObject([{ rollout: { status: "aborted" } }]);
    expect(decision.messages).toMatchObject([
      { kind: "flags_changed", rollout: { status: "aborted" } },
      { kind: "aborted", subject: app.state.rollout?.id },
    ]);
    expect(app.state).toMatchObject({
      bake: null,
      rollout: {
        outcome: "aborted",
        endedAt: START,
        lastDecision: { at: START, reason: "aborted", actor: "mia", detail: decision.detail },
      },
    });
    app.shutdown(false);
    expect(app.shutdown(true).events).toMatchObject([{ rollout: null }]);
  });

  it("may be turned on while a rollback is open, but not off", () => {
    app.fires("TestsFail");
    expect(app.shutdown(true).reason).toBe("flag_changed");
    expect(app.shutdown(false)).toMatchObject({ reason: "refused", events: [] });
    expect(app.shutdown(false).detail).toMatch(`rollback ${app.open.id} is open: nothing is raised`);
    const { id } = app.open;
    app.resolves("TestsFail");
    app.verify();
    expect(app.shutdown(false)).toMatchObject({
      reason: "refused",
      detail: expect.stringMatching(
        `would be met again, and is in quarantine: rollguard acknowledge ${id} --reason`,
      ),
    });
    app.acknowledges(id);
    expect(app.shutdown(false).reason).toBe("flag_changed");
  });

  it("is refused without a reason, at another revision, and where there is none", () => {
    expect(app.shutdown(true, { reason: null }).detail).toMatch("needs a reason");
    expect(app.shutdown(false, { reason: "" }).detail).toMatch("needs a reason");
    expect(app.shutdown(true, { expected: 3 }).detail).toMatch("at revision 0, not 3");
    app.policy = policyOf({});
    expect(app.shutdown(true)).toMatchObject({ reason: "refused", detail: "the policy has no kill switch" });
  });

  it("takes the policy's own word for a switch that nobody has touched", () => {
    app.policy = policyOf({ flags: [{ key: "shutdown", kind: "kill-switch" }] });
    expect(app.shutdown(true).detail).toBe("shutdown is on already");
    expect(app.shutdown(false).reason).toBe("flag_changed");
  });
});
