import { describe, expect, it } from "@jest/globals";
import { firingAmong } from "../../src/domain/alert-memory.ts";
import type { RollbackLimits } from "../../src/domain/policy.ts";
import { MINUTE, on, SECOND } from "../support/policies-rollout.ts";
import { RollbackSimulator, running } from "../support/rollback-simulator.ts";

function shop(rollbacks: Partial<RollbackLimits> = {}): RollbackSimulator {
  return new RollbackSimulator({ policy: { ...running, rollbacks: { ...running.rollbacks, ...rollbacks } } });
}

const HELD = { holdDown: 5 * MINUTE };

describe("an alert that is kept back and alternates", () => {
  it("is told once, counted, and closed once", () => {
    const app = shop({ ...HELD, cooldown: 60 * MINUTE });
    app.acknowledges(app.wholeRollback("CacheBroken"));
    app.now += 6 * MINUTE;
    const messages = [];
    const startsAt = app.now;
    for (let flap = 0; flap < 5; flap++) {
      const later = flap < 3 ? startsAt : app.now;
      const fires = app.fires("CacheBroken", { startsAt: later });
      const repeats = app.fires("CacheBroken", { startsAt: later });
      expect(fires.reason).toBe("cooldown");
      expect(repeats).toMatchObject({ reason: "cooldown", changes: [] });
      app.now += 75 * SECOND;
      const resolves = app.resolves("CacheBroken", { startsAt: later, endsAt: app.now });
      messages.push(...fires.messages, ...resolves.messages);
      app.now += 75 * SECOND;
      messages.push(...app.endsQuiet().flatMap((one) => one.messages));
    }
    app.now += 5 * MINUTE;
    messages.push(...app.endsQuiet().flatMap((one) => one.messages));
    expect(messages.map(({ kind }) => kind)).toEqual(["cooldown", "ended"]);
    expect(app.state.kept.size + app.state.pulses.size).toBe(0);
  });

  it("keeps nobody from raising flags while it is quiet", () => {
    const app = shop({ ...HELD, cooldown: 60 * MINUTE });
    app.acknowledges(app.wholeRollback("CacheBroken"));
    app.fires("CacheBroken");
    expect(app.restore(new Map([["cache", on()]])).reason).toBe("refused");
    expect(firingAmong(app.state, app.state.kept)).toMatchObject([{ name: "CacheBroken" }]);
    app.resolves("CacheBroken");
    expect(firingAmong(app.state, app.state.kept)).toEqual([]);
    expect(app.restore(new Map([["cache", on()]])).reason).toBe("flag_changed");
  });
});
