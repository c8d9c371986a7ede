import { describe, expect, test } from "@jest/globals";
import type { KeptWhy } from "../../../src/domain/alert.ts";
import type { ApplicationState } from "../../../src/domain/state.ts";
import { HOUR, OFF } from "../../support/policies-rollout.ts";
import { firing, NOW, rollbackOf, rolloutOf, summaryOf } from "./summary-parts.ts";

describe("what waits for somebody", () => {
  const keptOf = (...why: KeptWhy[]) =>
    new Map(why.map((each, index) => [`${index}:Alert${index}`, { ...firing(`Alert${index}`), why: each }]));
  const { endedAt: _, lastRevision: __, ...open } = rollbackOf({ startedAt: NOW - 48 * HOUR });

  test.each<[string, Partial<ApplicationState>, string[]]>([
    [
      "a rollback that has not helped",
      { rollback: { ...open, status: "failed" } },
      ["look beyond the flags"],
    ],
    [
      "one that nobody could see",
      { rollback: { ...open, status: "unverified" } },
      ["Look whether rollback rb-7-x has helped: its metrics have no data"],
    ],
    [
      "one that too few requests tell of",
      { rollback: { ...open, status: "unverified", unproven: "too_few" } },
      ["too few requests"],
    ],
    ["one that has helped does not", { rollback: { ...open, status: "verified" } }, []],
    [
      "alerts that nothing was done for",
      { kept: keptOf("cooldown", "unrelated") },
      ["Alert0, Alert1: firing"],
    ],
    [
      "those that are quiet do not",
      { kept: keptOf("cooldown"), pulses: new Map([["0:Alert0", { startsAt: 0, quietSince: NOW - 1 }]]) },
      [],
    ],
    ["those that somebody knows of do not", { kept: keptOf("acknowledged") }, []],
    [
      "too many rollbacks",
      { storm: { since: 0, until: NOW, triggers: [] } },
      ["until 2026-03-15T09:00:00.000Z only"],
    ],
    ["a pause", { rollout: rolloutOf({ pausedAt: 1 }) }, ["rollguard resume --application shop"]],
    [
      "blindness",
      { rollout: rolloutOf({ blind: { since: 0, missing: ["error_rate"] } }) },
      ["bring back error_rate"],
    ],
    [
      "approval",
      { rollout: rolloutOf({ hold: { kind: "approval", since: 0, why: [] } }) },
      ["rollguard approve"],
    ],
    [
      "a yellow gate",
      { rollout: rolloutOf({ hold: { kind: "yellow", since: 0, why: ["p95"] } }) },
      ["look at p95"],
    ],
    ["a rollout that goes on does not", { rollout: rolloutOf() }, []],
    [
      "one that was aborted",
      { rollout: rolloutOf({ outcome: "aborted", endedAt: NOW - 1 }) },
      ["been aborted in the stage of"],
    ],
    [
      "one that is completed does not",
      { rollout: rolloutOf({ outcome: "completed", endedAt: NOW, pausedAt: 1 }) },
      [],
    ],
  ])("%s", (_name, state, parts) => {
    const { waiting, status } = summaryOf(state);
    expect(waiting).toEqual(parts.map((part) => expect.stringContaining(part)));
    if (parts.length > 0) expect(status).toBe("AT RISK");
  });

  test("flags in quarantine, by rollback", () => {
    const quarantined = { ...OFF, updatedAt: 0, updatedBy: "alertmanager", quarantinedBy: "rb-7-x" };
    const flags = new Map([
      ["cache", quarantined],
      ["llm", quarantined],
      ["search", { ...quarantined, quarantinedBy: "rb-9-x" }],
    ]);
    const { quarantine, waiting } = summaryOf({ flags });
    expect(quarantine).toEqual([
      { rollback: "rb-7-x", flags: ["cache", "llm"] },
      { rollback: "rb-9-x", flags: ["search"] },
    ]);
    expect(waiting[0]).toContain(
      "cache, llm cannot be raised until the cause of rb-7-x is mended: rollguard acknowledge",
    );
    expect(waiting).toHaveLength(2);
  });

  test("messages that were given up", () => {
    expect(summaryOf({}, { deadLetters: 1 }).waiting).toEqual([
      "1 message could not be delivered and was given up: rollguard outbox list",
    ]);
    expect(summaryOf({}, { deadLetters: 2 }).waiting).toEqual([
      "2 messages could not be delivered and were given up: rollguard outbox list",
    ]);
  });
});
