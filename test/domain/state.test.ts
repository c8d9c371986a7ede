import { describe, expect, it } from "@jest/globals";
import { Draft } from "../../src/domain/draft.ts";
import { emptyState, isNote, type StateChange, writeChange } from "../../src/domain/state.ts";
import { backupWith, bakeWith, rolloutWith } from "../contract/states.ts";
import { plain } from "./state-parts.ts";

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
      suspects: [],
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
      { kind: "raised", key: "cache", value: { at: 3, by: "alice" } },
      { kind: "alert", key: "f1", value: alert },
      { kind: "alert", key: "f2", value: alert },
      { kind: "alert", key: "f2", value: null },
      { kind: "rollback", value: rollback },
      { kind: "snapshot", value: snapshot },
      { kind: "rollout", value: rolloutWith("a") },
      { kind: "bake", value: bakeWith("a") },
      { kind: "backup", value: backupWith("a") },
      { kind: "watchdog", value: 7 },
    ];
    const state = new Draft(emptyState());
    for (const change of changes) writeChange(state, change);
    expect([...state.flags]).toEqual([["cache", flag]]);
    expect([...state.raised]).toEqual([["cache", { at: 3, by: "alice" }]]);
    expect([...state.alerts]).toEqual([["f1", alert]]);
    expect(state.rollback).toBe(rollback);
    expect(state.snapshot).toBe(snapshot);
    expect(state.rollout).toEqual(rolloutWith("a"));
    expect(state.bake).toEqual(bakeWith("a"));
    expect(state.backup).toEqual(backupWith("a"));
    expect(state.watchdog).toBe(7);
    expect(changes.filter(isNote).map(({ kind }) => kind)).toEqual(["bake", "watchdog"]);
  });

  it("takes back all but a flag", () => {
    const state = new Draft({
      ...emptyState(),
      bake: bakeWith("a"),
      backup: backupWith("a"),
      rollout: rolloutWith("a"),
      watchdog: 7,
    });
    for (const kind of ["bake", "backup", "rollout", "watchdog"] as const)
      writeChange(state, { kind, value: null });
    expect(plain(state)).toEqual(emptyState());
  });
});
