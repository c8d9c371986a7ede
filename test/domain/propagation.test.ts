import { beforeEach, describe, expect, it } from "@jest/globals";
import { note } from "../../src/domain/decision.ts";
import { MAX_RESPONDERS } from "../../src/domain/note-propagated.ts";
import { type Propagation, sumOf } from "../../src/domain/propagation.ts";
import { RollbackSimulator, running } from "../support/rollback-simulator.ts";

const START = 1_790_000_000_000;

let app: RollbackSimulator;
beforeEach(() => {
  app = new RollbackSimulator({ policy: running, now: START });
});

const seen = (responder: string, more: Partial<Propagation> = {}): Propagation => ({
  responder,
  clients: 6,
  reached: 6,
  elsewhere: 0,
  at: START + 180,
  ...more,
});

const propagated = (propagation: Propagation, rollback = app.open.id) =>
  app.take({ type: "propagated", rollback, propagation });

describe("how a rollback reached the clients", () => {
  it("is a note of each responder, the last one of each counts, and part of what is remembered", () => {
    app.fires("TestsFail");
    expect(propagated(seen("a", { reached: 5 }))).toMatchObject({ reason: null, events: [] });
    propagated(seen("b"));
    propagated(seen("a"));
    expect(app.state.revision).toBe(1);
    expect(app.state.verification?.propagation).toEqual([seen("b"), seen("a")]);
    app.resolves("TestsFail");
    app.verify();
    expect(app.state.past).toMatchObject([{ propagation: [seen("b"), seen("a")] }]);
  });

  it("stays that of the first commit when it escalates", () => {
    app.fires("TestsFail");
    propagated(seen("a"));
    app.fires("ErrorRateSpike");
    expect(app.state.verification?.propagation).toEqual([seen("a")]);
  });

  it("is nobody's of another rollback, or of none", () => {
    app.fires("TestsFail");
    expect(propagated(seen("a"), "rb-0")).toEqual(note());
    app.state.verification = null;
    expect(propagated(seen("a"))).toEqual(note());
    app.state.rollback = null;
    expect(propagated(seen("a"), "rb-0")).toEqual(note());
  });

  it("is kept of so many responders and no more", () => {
    app.fires("TestsFail");
    for (let index = 0; index <= MAX_RESPONDERS; index += 1) propagated(seen(`r${index}`));
    expect(app.state.verification?.propagation).toHaveLength(MAX_RESPONDERS);
    propagated(seen("r0", { clients: 7 }));
    expect(app.state.verification?.propagation?.at(-1)).toEqual(seen("r0", { clients: 7 }));
  });
});

describe("the sum over responders", () => {
  it("is null when nobody has told", () => {
    expect(sumOf([])).toBeNull();
  });

  it("adds clients up, and ends with the last of them", () => {
    expect(sumOf([seen("a", { at: 5 }), seen("b", { clients: 6, reached: 3, at: 9 })])).toEqual({
      clients: 12,
      reached: 9,
      at: 9,
    });
    expect(sumOf([seen("a", { clients: 0, reached: 0, at: null })])).toEqual({
      clients: 0,
      reached: 0,
      at: null,
    });
  });

  it("counts who listens here and asks there, and never more than there are", () => {
    const a = seen("a", { clients: 4, reached: 1, elsewhere: 3, at: 5 });
    const b = seen("b", { clients: 4, reached: 1, elsewhere: 3, at: 7 });
    expect(sumOf([a, b])).toEqual({ clients: 8, reached: 8, at: 7 });
    expect(sumOf([{ ...a, elsewhere: 9 }])).toEqual({ clients: 4, reached: 4, at: 5 });
  });
});
