import { beforeEach, describe, expect, it } from "@jest/globals";
import { note } from "../../src/domain/decision.ts";
import { RollbackSimulator, running } from "../support/rollback-simulator.ts";

const START = 1_790_000_000_000;

let app: RollbackSimulator;
beforeEach(() => {
  app = new RollbackSimulator({ policy: running, now: START });
});

describe("the time when the store had it", () => {
  const committed = (at: number, rollback = app.open.id) =>
    app.take({ type: "committed", rollback, at: START + at });

  it("is a note, once, and part of what is remembered", () => {
    app.fires("TestsFail");
    expect(committed(3)).toMatchObject({ reason: null, events: [] });
    expect(committed(4)).toEqual(note());
    expect(app.state.revision).toBe(1);
    expect(app.state.verification?.committedAt).toBe(START + 3);
    app.resolves("TestsFail");
    app.verify();
    expect(app.state.past).toMatchObject([{ committedAt: START + 3 }]);
  });

  it("stays that of the first commit when it escalates, or is verified anew", () => {
    app.fires("TestsFail");
    committed(3);
    app.fires("ErrorRateSpike");
    expect(committed(9)).toEqual(note());
    app.verify();
    expect(app.open.committedAt).toBe(START + 3);
    app.fires("CacheBroken");
    expect(committed(9)).toEqual(note());
    app.verify();
    expect(app.open.committedAt).toBe(START + 3);
  });

  it("is kept also when an operator closes it before it was verified", () => {
    app.fires("TestsFail");
    committed(3);
    app.acknowledges(app.open.id, { force: true });
    expect(app.state.past).toMatchObject([{ committedAt: START + 3, verifiedAt: null }]);
  });

  it("is nobody's of another rollback, or of none", () => {
    app.fires("TestsFail");
    expect(committed(3, "rb-0")).toEqual(note());
    app.state.verification = null;
    expect(committed(3)).toEqual(note());
    expect(
      new RollbackSimulator({ policy: running }).take({ type: "committed", rollback: "x", at: 1 }),
    ).toEqual(note());
  });
});
