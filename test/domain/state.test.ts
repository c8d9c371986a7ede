import { describe, expect, it } from "@jest/globals";
import { Draft } from "../../src/domain/draft.ts";
import { emptyState, type StateChange, writeChange } from "../../src/domain/state.ts";

describe("a change of state", () => {
  it("writes one field", () => {
    const flag = {
      enabled: false,
      rolloutPercentage: 0,
      updatedAt: 1,
      updatedBy: "mia",
      quarantinedBy: null,
    };
    const alert = {
      fingerprint: "f",
      name: "ErrorRateSpike",
      tier: "safe-state" as const,
      startsAt: 1,
      receivedAt: 2,
    };
    const rollback = {
      id: "rb-1",
      tier: "safe-state" as const,
      trigger: "ErrorRateSpike",
      flags: [],
      startedAt: 2,
      escalatedAt: null,
      startedBy: "alertmanager",
      reason: null,
      alertStartedAt: 1,
      receivedAt: 2,
      committedAt: null,
      verifiedAt: null,
      status: "verifying" as const,
      firstRevision: 1,
    };
    const snapshot = new Map([["cache", { enabled: true, rolloutPercentage: 50 }]]);
    const changes: StateChange[] = [
      { kind: "flag", key: "cache", value: flag },
      { kind: "alert", key: "f1", value: alert },
      { kind: "alert", key: "f2", value: alert },
      { kind: "alert", key: "f2", value: null },
      { kind: "rollback", value: rollback },
      { kind: "snapshot", value: snapshot },
    ];
    const state = new Draft(emptyState());
    for (const change of changes) writeChange(state, change);
    expect([...state.flags]).toEqual([["cache", flag]]);
    expect([...state.alerts]).toEqual([["f1", alert]]);
    expect(state.rollback).toBe(rollback);
    expect(state.snapshot).toBe(snapshot);
  });
});
