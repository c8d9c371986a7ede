import { describe, expect, test } from "@jest/globals";
import { decideAcceptLoss } from "../../src/domain/accept-loss.ts";
import type { FlagState } from "../../src/domain/flag.ts";
import { emptyState } from "../../src/domain/state.ts";
import { policyOf } from "../support/policies.ts";
import { shop, steps } from "../support/policies-rollout.ts";
import { RollbackSimulator } from "../support/rollback-simulator.ts";

const policy = policyOf({
  flags: [
    { key: "search", enabled: true, rolloutPercentage: 80 },
    { key: "pay", enabled: true, rolloutPercentage: 100 },
    { key: "off", enabled: false, rolloutPercentage: 0 },
    { key: "stop", kind: "kill-switch", enabled: false },
    { key: "new", enabled: true, rolloutPercentage: 50 },
  ],
});

const NOW = 1_790_000_000_000;

function kept(enabled: boolean, rolloutPercentage: number, quarantinedBy: string | null = null): FlagState {
  return { enabled, rolloutPercentage, updatedAt: 1, updatedBy: "somebody", quarantinedBy };
}

const accept = (flags: Record<string, FlagState>, stored: Record<string, FlagState> = {}) =>
  decideAcceptLoss(
    { ...emptyState(), flags: new Map(Object.entries(stored)) },
    { actor: "ada", reason: "no backup", kept: new Map(Object.entries(flags)) },
    policy,
    NOW,
  );

describe("who accepts that the store has lost data", () => {
  test("goes on from the lower of the policy and what was kept, and from no more than either", () => {
    const { changes, events, messages, reason } = accept({
      search: kept(true, 10),
      pay: kept(false, 0, "rb-1"),
      off: kept(true, 100),
      stop: kept(true, 100),
      gone: kept(false, 0),
    });
    const by = { updatedAt: NOW, updatedBy: "ada" };
    expect(changes).toEqual([
      {
        kind: "flag",
        key: "search",
        value: { enabled: true, rolloutPercentage: 10, quarantinedBy: null, ...by },
      },
      {
        kind: "flag",
        key: "pay",
        value: { enabled: false, rolloutPercentage: 0, quarantinedBy: "rb-1", ...by },
      },
      {
        kind: "flag",
        key: "stop",
        value: { enabled: true, rolloutPercentage: 100, quarantinedBy: null, ...by },
      },
    ]);
    expect({ reason, messages }).toEqual({ reason: "flag_changed", messages: [] });
    expect(events).toMatchObject([
      {
        at: NOW,
        actor: "ada",
        reason: "flag_changed",
        detail:
          "the loss of the store's data was accepted by ada: no backup; 3 flags stay as low as they were kept",
        flags: [{ flag: "search" }, { flag: "pay" }, { flag: "stop" }],
      },
    ]);
  });

  test("keeps in quarantine what stands as low already, and leaves what others have begun again", () => {
    const stored = { search: kept(true, 5, "rb-9"), pay: kept(false, 0), stop: kept(true, 100) };
    const { changes, events } = accept(
      { search: kept(true, 10), pay: kept(false, 0, "rb-1"), stop: kept(true, 100) },
      stored,
    );
    expect(changes).toMatchObject([{ key: "pay", value: { enabled: false, quarantinedBy: "rb-1" } }]);
    expect(events).toMatchObject([{ flags: [], detail: expect.stringContaining("0 flags stay") }]);
  });

  test("keeps the quarantine that the store has, and says of one flag that it is one", () => {
    const { changes, events } = accept(
      { search: kept(true, 5), stop: kept(false, 0) },
      { search: kept(true, 20, "rb-9") },
    );
    expect(changes).toMatchObject([
      { key: "search", value: { rolloutPercentage: 5, quarantinedBy: "rb-9" } },
    ]);
    expect(events[0]?.detail).toMatch(/; 1 flag stays as low as it was kept$/);
  });

  test("ends a rollout that moves there, since it may have been ended in what was lost", () => {
    const app = new RollbackSimulator({ policy: shop, now: NOW });
    app.deploy(steps);
    const said = { actor: "ada", reason: "no backup", kept: new Map() };
    const { changes, events, messages } = decideAcceptLoss(app.state, said, shop, NOW);
    expect(changes).toMatchObject([
      { kind: "rollout", value: { outcome: "aborted", lastDecision: { actor: "ada" } } },
      { kind: "bake", value: null },
    ]);
    expect(events).toMatchObject([{ rollout: { status: "aborted" } }]);
    expect(messages).toMatchObject([{ kind: "aborted", subject: app.state.rollout?.id }]);
  });

  test("begins from the policy where nothing was kept, and that is in the ledger too", () => {
    const { changes, events } = accept({});
    expect(changes).toEqual([]);
    expect(events).toMatchObject([{ detail: expect.stringContaining("the policy's defaults stand") }]);
  });
});
