import { expect, test } from "@jest/globals";
import type { NoticeCommand } from "../../src/domain/command.ts";
import { decide } from "../../src/domain/decide.ts";
import type { Decision } from "../../src/domain/decision.ts";
import { Draft } from "../../src/domain/draft.ts";
import { emptyState } from "../../src/domain/state.ts";
import { policyOf } from "../support/policies.ts";

const DAY = 24 * 3_600_000;
const policy = policyOf({});

/** Decides one after the other, each on what the ones before have left. */
function deciding(): (about: string, now: number, reason?: NoticeCommand["reason"]) => Decision {
  const draft = new Draft(emptyState());
  return (about, now, reason = "truncated") => {
    const decision = decide(draft, { type: "notice", reason, about, detail: `${about} is odd` }, policy, now);
    draft.apply(decision);
    return decision;
  };
}

test("people are told of each thing once, and again after a day", () => {
  const tell = deciding();
  expect(tell("rollguard", 1_000)).toMatchObject({
    reason: "truncated",
    events: [{ reason: "truncated", actor: "alertmanager", detail: "rollguard is odd", at: 1_000 }],
    messages: [{ kind: "truncated", subject: "truncated-rs", detail: "rollguard is odd", page: false }],
  });
  expect(tell("rollguard", DAY)).toMatchObject({
    reason: "truncated",
    changes: [],
    events: [],
    messages: [],
  });
  expect(tell("rollguard", DAY, "misaddressed").messages).toMatchObject([{ kind: "misaddressed" }]);
  expect(tell("other", DAY).events).toHaveLength(1);
  expect(tell("rollguard", DAY + 1_000).events).toHaveLength(1);
});

test("names come from outside: of twenty things of a kind they are told in a day, and of no more", () => {
  const tell = deciding();
  const told = Array.from({ length: 30 }, (_, index) => tell(`receiver ${index}`, index).events.length);
  expect(told.filter((count) => count === 1)).toHaveLength(20);
  expect(tell("an address", 29, "misaddressed").events).toHaveLength(1);
  expect(tell("another", DAY + 29).events).toHaveLength(1);
});
