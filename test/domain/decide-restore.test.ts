import { beforeEach, describe, expect, it } from "@jest/globals";
import type { FlagSetting, Settings } from "../../src/domain/flag.ts";
import { HOUR, OFF, on, shop, steps } from "../support/policies-rollout.ts";
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

const backup = (settings: Readonly<Record<string, FlagSetting>>): Settings =>
  new Map(Object.entries(settings));

describe("a restore", () => {
  it("sets release and operational flags to what the backup says", () => {
    const decision = app.restore(backup({ read_only: on(), cache: on(20), core: OFF, otel: on() }), {
      actor: "joe",
    });
    expect(decision).toMatchObject({
      reason: "flag_changed",
      detail: "restored from a backup by joe: back",
      events: [{ actor: "joe", traffic: { before: 0, after: 0 }, rollout: null, gate: [] }],
    });
    expect(decision.events[0]?.flags).toEqual([
      { flag: "core", before: on(), after: OFF },
      { flag: "cache", before: OFF, after: on(20) },
      { flag: "read_only", before: OFF, after: on() },
    ]);
    expect(app.state.flags.get("cache")).toEqual({
      ...on(20),
      updatedAt: START,
      updatedBy: "joe",
      quarantinedBy: null,
    });
  });

  it("leaves the kill switch alone, and what the policy does not have any more", () => {
    const settings = backup({ shutdown: on(), gone: on(), core: on() });
    expect(app.restore(settings)).toEqual({
      reason: "flag_changed",
      tier: null,
      rollback: null,
      changes: [],
      events: [],
      messages: [],
      detail:
        "every flag stands as in the backup already; left out, since the policy does not have them: gone",
    });
    expect(app.restore(backup({ otel: OFF })).detail).toBe("every flag stands as in the backup already");
    const many = Object.fromEntries(Array.from({ length: 7 }, (_, index) => [`gone${index}`, on()]));
    expect(app.restore(backup(many)).detail).toContain("gone4 and 2 more");
  });

  it("tells what traffic becomes", () => {
    expect(app.restore(backup({ traffic: on(40) })).events[0]?.traffic).toEqual({ before: 0, after: 40 });
  });

  it("needs a reason", () => {
    expect(app.restore(backup({ traffic: on() }), { reason: null })).toMatchObject(refused("say why"));
    expect(app.restore(backup({ traffic: on() }), { reason: " " })).toMatchObject(refused("say why"));
  });

  it("is refused while a rollout sets these flags", () => {
    app.deploy(steps);
    expect(app.restore(backup({ core: OFF }))).toMatchObject(
      refused("is active and sets these flags: abort it first"),
    );
    app.says("abort");
    expect(app.restore(backup({ core: OFF })).reason).toBe("flag_changed");
  });

  it("brings back the backup of a deploy", () => {
    app.deploy(steps);
    app.runFor(3 * HOUR);
    expect(app.traffic).toBe(100);
    const { settings } = app.state.backup ?? {};
    app.restore(settings ?? new Map());
    expect(app.settings).toEqual(settings);
    expect(app.traffic).toBe(0);
  });

  it("raises nothing while a rollback is open, directly or below another flag; what it lowers may go down", () => {
    app.restore(backup({ traffic: on(60), cache: on() }));
    app.alert("ErrorRateSpike");
    expect(app.restore(backup({ traffic: on(1) }), { acknowledge: true })).toMatchObject(
      refused("is open: nothing is raised (traffic, llm) until it has ended"),
    );
    expect(app.restore(backup({ core: OFF })).reason).toBe("flag_changed");
  });

  it("raises what is in quarantine with an acknowledgement, and lets only that out", () => {
    app.restore(backup({ traffic: on(60), cache: on() }));
    app.alert("ErrorRateSpike");
    app.alert("ErrorRateSpike", "resolved");
    app.verify();
    const rollback = app.state.flags.get("cache")?.quarantinedBy;
    expect(app.restore(backup({ cache: on(1), core: OFF }))).toMatchObject(
      refused("cache: in quarantine since a rollback; acknowledge that to raise them"),
    );
    expect(app.restore(backup({ cache: on(1), core: OFF }), { acknowledge: true }).reason).toBe(
      "flag_changed",
    );
    expect(app.state.flags.get("cache")).toMatchObject({ ...on(1), quarantinedBy: null });
    expect(app.state.flags.get("traffic")).toMatchObject({ ...OFF, quarantinedBy: rollback });
  });

  it("keeps in quarantine what it lowers further", () => {
    app.restore(backup({ traffic: on(60) }));
    app.alert("Slow");
    app.alert("Slow", "resolved");
    app.verify();
    const rollback = app.state.flags.get("traffic")?.quarantinedBy;
    expect(app.traffic).toBe(30);
    app.restore(backup({ traffic: on(5) }));
    expect(app.state.flags.get("traffic")).toMatchObject({ ...on(5), quarantinedBy: rollback });
  });
});
