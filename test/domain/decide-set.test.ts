import { beforeEach, describe, expect, it } from "@jest/globals";
import { HOUR, OFF, on, shop, steps } from "../support/policies-rollout.ts";
import { RollbackSimulator, running } from "../support/rollback-simulator.ts";
import { RolloutSimulator } from "../support/rollout-simulator.ts";

const START = 1_790_000_000_000;

let app: RolloutSimulator;
beforeEach(() => {
  app = new RolloutSimulator({ policy: shop, now: START });
});

const refused = (detail: string) => ({
  reason: "refused",
  changes: [],
  events: [],
  messages: [],
  detail: expect.stringContaining(detail),
});

const flag = (key: string) => app.settings.get(key);

describe("setting a flag", () => {
  it("changes it by name, and tells who and why", () => {
    const decision = app.sets({ cache: 12.5 }, { actor: "joe", reason: "canary" });
    expect(decision).toMatchObject({
      reason: "flag_changed",
      detail: "cache set to 12.5 % by joe: canary",
      messages: [],
      events: [
        {
          actor: "joe",
          reason: "flag_changed",
          flags: [{ flag: "cache", before: OFF, after: on(12.5) }],
          traffic: { before: 0, after: 0 },
          rollout: null,
          rollback: null,
        },
      ],
    });
    expect(app.state.flags.get("cache")).toEqual({
      ...on(12.5),
      updatedAt: START,
      updatedBy: "joe",
      quarantinedBy: null,
    });
    expect(app.state.raised.get("cache")).toEqual({ at: START, by: "joe" });
  });

  it("leaves what is not said as it is, so that off and on leads back", () => {
    app.sets({ cache: 30 });
    expect(app.sets({ cache: false }).detail).toBe("cache turned off by mia: try it");
    expect(flag("cache")).toEqual({ enabled: false, rolloutPercentage: 30 });
    app.sets({ cache: true });
    expect(flag("cache")).toEqual(on(30));
  });

  it("turns on for everybody what stands at 0 %, unless a percentage is said", () => {
    app.sets({ cache: true, read_only: true });
    expect(flag("cache")).toEqual(on(100));
    expect(flag("read_only")).toEqual(on(100));
    app.sets({ cache: 0 });
    expect(flag("cache")).toEqual(on(0));
    expect(app.sets({ cache: true }).detail).toBe("cache stands so already");
  });

  it("of a percentage alone does not turn it on", () => {
    expect(app.sets({ cache: { rolloutPercentage: 30 } }).detail).toBe(
      "cache, which is off, set to 30 % by mia: try it; nobody meets yet: cache (it is off)",
    );
    expect(app.sets({ cache: { rolloutPercentage: 10 } }).detail).toBe(
      "cache, which is off, set to 10 % by mia: try it",
    );
  });

  it("sets several in one event", () => {
    const { detail, events } = app.sets({ traffic: 40, cache: 50, core: true });
    expect(detail).toBe("2 flags set by mia: try it");
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      flags: [{ flag: "traffic" }, { flag: "cache" }],
      traffic: { before: 0, after: 40 },
    });
  });

  it("changes nothing where all stands so, and writes no event", () => {
    expect(app.sets({ core: true })).toEqual({
      reason: "flag_changed",
      tier: null,
      rollback: null,
      changes: [],
      events: [],
      messages: [],
      detail: "core stands so already",
    });
    expect(app.sets({ core: true, shutdown: false }).detail).toBe("2 flags stand so already");
  });

  it("needs a reason, flags that there are, and the revision that was seen", () => {
    expect(app.sets({ cache: true }, { reason: " " })).toMatchObject(refused("say why"));
    expect(app.sets({ cache: true, toString: true, gone: true })).toMatchObject(
      refused('the policy has no flag "toString", "gone"'),
    );
    expect(app.sets({ cache: true }, { expected: 3 })).toMatchObject(refused("at revision 0, not 3"));
    expect(app.sets({ cache: true }, { expected: 0 }).reason).toBe("flag_changed");
  });

  it("does not turn the kill switch", () => {
    expect(app.sets({ shutdown: true }, { acknowledge: true })).toMatchObject(
      refused("shutdown is the kill switch: turn it with rollguard shutdown on|off"),
    );
  });

  it("in production raises only what somebody has confirmed, and lowers at once", () => {
    const unconfirmed = { confirmed: false };
    expect(app.sets({ traffic: 5 }, unconfirmed)).toMatchObject(
      refused('this is production, and more people would meet traffic, llm: confirm it with "yes"'),
    );
    expect(app.sets({ read_only: true }, unconfirmed)).toMatchObject(refused("confirm it"));
    expect(app.sets({ core: false }, unconfirmed).reason).toBe("flag_changed");
    expect(app.sets({ cache: { rolloutPercentage: 5 } }, unconfirmed).reason).toBe("flag_changed");
  });
});

describe("a protected flag", () => {
  it("is lowered by itself only, and with an acknowledgement", () => {
    expect(app.sets({ otel: false })).toMatchObject(refused("otel: protected"));
    expect(app.sets({ otel: 99 })).toMatchObject(refused("otel: protected"));
    expect(app.sets({ otel: false, cache: true }, { acknowledge: true })).toMatchObject(
      refused("set it by itself, and acknowledge that"),
    );
    expect(app.sets({ otel: false }, { acknowledge: true }).reason).toBe("flag_changed");
    expect(app.sets({ otel: true, cache: true }).reason).toBe("flag_changed");
    expect(flag("otel")).toEqual(on());
  });
});

describe("what nobody meets yet", () => {
  it("is set all the same, and told with what hides it", () => {
    app.sets({ llm: 10 });
    expect(app.sets({ llm: 20 }).detail).toBe(
      "llm set to 20 % by mia: try it; nobody meets yet: llm (traffic is off)",
    );
    expect(app.sets({ traffic: 5, llm: 30 }).detail).toBe("2 flags set by mia: try it");
  });
});

describe("while a rollout is active", () => {
  beforeEach(() => {
    app.deploy(steps);
    app.runFor(HOUR);
    expect(app.traffic).toBe(50);
  });

  it("what it moves is raised by it alone", () => {
    for (const flags of [{ traffic: 60 }, { cache: 51 }])
      expect(app.sets(flags)).toMatchObject(refused("itself, behind its gates: abort it first"));
    app.says("pause");
    expect(app.sets({ traffic: 60 })).toMatchObject(refused("is paused and raises traffic itself"));
    app.says("abort");
    expect(app.sets({ traffic: 60 }).reason).toBe("flag_changed");
  });

  it("what it moves is lowered at once, which pauses it, and may go back to where its stage stands", () => {
    const decision = app.sets({ cache: false }, { actor: "joe" });
    expect(decision.detail).toMatch(
      /^cache turned off by joe: try it; rollout ro-\S+ is paused, since it is not where its stage says$/,
    );
    expect(decision).toMatchObject({
      events: [{ reason: "flag_changed", rollout: { status: "paused", stage: 2 } }],
      messages: [{ kind: "paused", page: false }],
    });
    expect(app.status).toBe("paused");
    expect(app.state.rollout?.lastDecision).toMatchObject({ reason: "paused", actor: "joe" });
    expect(app.sets({ traffic: 40 })).toMatchObject({ messages: [], events: [{ rollout: null }] });
    expect(app.sets({ traffic: 50, cache: 50 }).reason).toBe("flag_changed");
    app.says("resume");
    app.runToEnd();
    expect(app.status).toBe("completed");
  });

  it("other flags are none of its business, also to be raised", () => {
    expect(app.sets({ llm: 50 })).toMatchObject({ reason: "flag_changed", events: [{ rollout: null }] });
    expect(app.sets({ llm: 100, read_only: true }).reason).toBe("flag_changed");
    expect(app.status).toBe("running");
  });

  it("a flag that only a later stage would set is not raised ahead of it", () => {
    const early = new RolloutSimulator({ policy: shop, now: START });
    early.deploy(steps);
    expect(early.sets({ cache: 1 })).toMatchObject(refused("raises cache itself"));
  });
});

describe("after a rollback", () => {
  let shopOn: RollbackSimulator;
  beforeEach(() => {
    shopOn = new RollbackSimulator({ policy: running, now: START });
  });

  it("nothing is raised while it is open, also not below another flag; lowering and switches go on", () => {
    shopOn.sets({ core: false });
    shopOn.fires("CacheBroken");
    const acknowledged = { acknowledge: true };
    expect(shopOn.sets({ cache: 1 }, acknowledged)).toMatchObject(refused("nothing is raised (cache)"));
    expect(shopOn.sets({ core: true }, acknowledged)).toMatchObject(
      refused("nothing is raised (core, child)"),
    );
    expect(shopOn.sets({ core: true, read_only: true })).toMatchObject(refused("(core, child) until"));
    expect(shopOn.sets({ router: 10, read_only: true }).reason).toBe("flag_changed");
  });

  it("what it turned down comes back with an acknowledgement, which frees that alone", () => {
    shopOn.wholeRollback("RouterBroken");
    const id = shopOn.wholeRollback("CacheBroken");
    expect(shopOn.sets({ cache: 5 })).toMatchObject(refused("cache: in quarantine since a rollback"));
    expect(shopOn.sets({ cache: { rolloutPercentage: 50 } }).reason).toBe("flag_changed");
    expect(shopOn.quarantine.cache).toBe(id);
    expect(shopOn.sets({ cache: 5 }, { acknowledge: true }).reason).toBe("flag_changed");
    expect(Object.keys(shopOn.quarantine)).toEqual(["router"]);
  });

  it("with the kill switch on, what is set is told not to be met", () => {
    shopOn.shutdown(true);
    expect(shopOn.sets({ router: 60, otel: 100 }).detail).toMatch(
      /; nobody meets yet: router \(the kill switch is on\)$/,
    );
  });
});
