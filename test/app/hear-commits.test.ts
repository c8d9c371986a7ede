import { beforeEach, expect, test } from "@jest/globals";
import { CommitsHeard } from "../../src/app/hear-commits.ts";
import type { EventBody } from "../../src/domain/event.ts";
import { eventOf } from "../../src/domain/rollout-told.ts";
import { recorderOf } from "./recorders.ts";

let now: number;
let counted: string[];
let commits: CommitsHeard;

beforeEach(() => {
  now = 5_000;
  counted = [];
  const recorder = recorderOf({
    rollbackTook: (phase, took) => void counted.push(`${phase} ${took}`),
    rollbackJudged: (tier, outcome) => void counted.push(`${tier} ${outcome}`),
    rolloutEnded: (outcome) => void counted.push(outcome),
  });
  commits = new CommitsHeard({ clock: { now: () => now }, recorder });
});

function event(reason: EventBody["reason"], more: Partial<EventBody> = {}): EventBody {
  return eventOf({
    at: 4_990,
    actor: "clock",
    reason,
    rollback: "rb-1",
    tier: "phase",
    detail: null,
    ...more,
  });
}

test("a rollback's commit is timed, and told once", () => {
  commits.hear([event("rolled_back")]);
  expect(counted).toEqual(["commit 10"]);
  expect([commits.timeOf("rb-1"), commits.timeOf("rb-1"), commits.timeOf("rb-2")]).toEqual([
    5_000,
    undefined,
    undefined,
  ]);
});

test("the latest thousand are kept for whoever notes them", () => {
  for (let index = 0; index < 1_500; index += 1) {
    now += 1;
    commits.hear([event("already_rolled_back", { rollback: `rb-${index}` })]);
  }
  expect([commits.timeOf("rb-499"), commits.timeOf("rb-500"), commits.timeOf("rb-1499")]).toEqual([
    undefined,
    5_501,
    6_500,
  ]);
});

test("verdicts are counted by the tier that they are about: one that is followed by another has not failed yet", () => {
  commits.hear([event("verified"), event("unverified", { tier: "stage" })]);
  commits.hear([event("verification_failed"), event("escalated", { tier: "safe-state" })]);
  commits.hear([event("verification_failed", { tier: "emergency" })]);
  commits.hear([
    event("verification_failed", { tier: "emergency" }),
    event("escalated", { rollback: "rb-2" }),
  ]);
  commits.hear([event("escalated", { actor: "alertmanager" }), event("absorbed")]);
  expect(counted).toEqual([
    "phase verified",
    "stage unverified",
    "phase escalated",
    "emergency failed",
    "emergency failed",
  ]);
});
