import { beforeEach, describe, expect, it } from "@jest/globals";
import { on } from "../support/policies-rollout.ts";
import { RollbackSimulator, running } from "../support/rollback-simulator.ts";

let app: RollbackSimulator;
beforeEach(() => {
  app = new RollbackSimulator({ policy: running, now: 1_790_000_000_000 });
});

const backup = new Map([["cache", on()]]);

describe("a restore of what nobody would meet just now", () => {
  it("needs an acknowledgement all the same: the kill switch may go off later", () => {
    app.wholeRollback("CacheBroken");
    app.shutdown(true);
    expect(app.restore(backup)).toMatchObject({ reason: "refused", changes: [] });
    expect(app.restore(backup).detail).toMatch("cache: in quarantine since a rollback");
    expect(app.restore(backup, { acknowledge: true }).reason).toBe("flag_changed");
    expect(app.quarantine).toEqual({});
  });

  it("is refused while a rollback is open", () => {
    app.fires("CacheBroken");
    app.shutdown(true);
    expect(app.restore(backup, { acknowledge: true }).detail).toMatch("nothing is raised (cache)");
  });
});
