import { describe, expect, test } from "@jest/globals";
import { pagerDutyEventsOf } from "../../../../src/adapters/notify/pagerduty/events-of.ts";
import type { Incident } from "../../../../src/app/notify/incident.ts";
import type { Receipt } from "../../../../src/app/outbox.ts";
import type { Message, MessageKind } from "../../../../src/domain/message.ts";
import type { PageResolvedOn } from "../../../../src/domain/policy.ts";
import { ended, escalated, justRolledBack, keptBack, promoted } from "../../../support/sample-incidents.ts";
import { messageOf } from "../deliveries.ts";

interface Given {
  readonly resolveOn?: PageResolvedOn;
  readonly incident?: Incident;
  readonly receipt?: Receipt | null;
}

type Told = readonly [MessageKind | Message, ...(MessageKind | Message)[]];

/** `trigger error`, `resolve` …; and what the next delivery is given. */
function told(
  messages: Told,
  { resolveOn = "either", incident = justRolledBack(), receipt = null }: Given = {},
): { readonly sent: readonly string[]; readonly receipt: Receipt } {
  const [first, ...more] = messages.map((one) => (typeof one === "string" ? messageOf(one) : one));
  if (first === undefined) throw new Error("there is no message");
  const { events, page } = pagerDutyEventsOf(
    { messages: [first, ...more], incident, receipt },
    { resolveOn },
  );
  expect(new Set(events.map(({ dedup_key }) => dedup_key)).size).toBeLessThanOrEqual(1);
  const sent = events.map((event) =>
    event.event_action === "trigger" ? `trigger ${event.payload.severity}` : event.event_action,
  );
  return { sent, receipt: page };
}

/** Delivered one by one, as when PagerDuty is there all the time. */
function oneByOne(messages: Told, given: Given = {}): string[] {
  let { receipt = null } = given;
  return messages.flatMap((message) => {
    const next = told([message], { ...given, receipt });
    receipt = next.receipt;
    return next.sent;
  });
}

const off = justRolledBack({ endedAt: 1 });

describe("calls somebody", () => {
  const calling: readonly (readonly [MessageKind, Partial<Message>, string])[] = [
    ["rolled_back", { tier: "flag" }, "error"],
    ["rolled_back", { tier: "stage" }, "error"],
    ["rolled_back", { tier: "phase" }, "error"],
    ["rolled_back", { tier: "safe-state" }, "critical"],
    ["rolled_back", { tier: "emergency", severity: "error" }, "error"],
    ["rolled_back", { tier: "flag", severity: "critical" }, "critical"],
    ["escalated", { tier: "emergency" }, "critical"],
    ["failed", { tier: "emergency" }, "critical"],
    ["failed", { tier: null }, "critical"],
    ["unverified", { tier: "flag" }, "critical"],
    ["storm_breaker", { tier: "stage" }, "critical"],
    ["unrelated", { tier: "stage" }, "critical"],
    ["cooldown", { tier: "stage" }, "critical"],
    ["blind", { tier: null, page: true }, "critical"],
    ["held", { tier: null, page: true }, "error"],
    ["flags_changed", { tier: null, page: true }, "critical"],
  ];
  test.each(calling)("for %s with %j: %s", (kind, over, severity) => {
    expect(told([messageOf(kind, over)]).sent).toEqual([`trigger ${severity}`]);
  });

  const quiet: readonly MessageKind[] = [
    ...(["verified", "acknowledged", "ended", "deployed", "promoted", "held", "seeing_again"] as const),
    ...(["paused", "resumed", "aborted", "completed", "flags_changed"] as const),
  ];
  test.each(quiet)("for %s nobody", (kind) => {
    expect(told([messageOf(kind, { tier: null })]).sent).toEqual([]);
  });
});

describe("what happens to an open page", () => {
  const worse = messageOf("escalated", { tier: "safe-state" });
  test("it gets a trigger more only for what is more severe", () => {
    const again = messageOf("escalated", { tier: "phase" });
    expect(
      oneByOne(["rolled_back", again, worse, worse, "unverified", "unverified", "failed", "unverified"]),
    ).toEqual(["trigger error", "trigger critical", "trigger critical", "trigger critical"]);
  });

  test("its severity never falls", () => {
    const milder = messageOf("failed", { severity: "error" });
    expect(oneByOne([worse, milder])).toEqual(["trigger critical", "trigger critical"]);
  });

  test("what is no rollback is always new: somebody may have closed the page by hand", () => {
    const storm = messageOf("storm_breaker", { subject: "storm-k3v9" });
    expect(oneByOne([storm, storm])).toEqual(["trigger critical", "trigger critical"]);
  });

  test("a receipt that says nothing is none", () => {
    expect(told(["rolled_back"], { receipt: { thread: "1.2" } }).sent).toEqual(["trigger error"]);
  });

  test("the receipt is small and plain", () => {
    const { receipt } = told(["rolled_back", "verified"]);
    expect(receipt).toEqual({
      state: "open",
      severity: "error",
      gravity: 2,
      standstill: false,
      verified: true,
      acknowledged: false,
      ended: false,
    });
  });
});

describe("a rollback's page is resolved", () => {
  type Case = readonly [PageResolvedOn, Told, readonly string[]];
  const cases: readonly Case[] = [
    ["either", ["rolled_back", "verified"], []],
    ["either", ["rolled_back", "verified", "ended"], ["resolve"]],
    ["either", ["rolled_back", "verified", "acknowledged"], ["acknowledge", "resolve"]],
    ["either", ["rolled_back", "acknowledged"], ["acknowledge"]],
    ["either", ["rolled_back", "acknowledged", "verified"], ["acknowledge", "resolve"]],
    ["either", ["rolled_back", "ended"], []],
    ["either", ["rolled_back", "unverified", "acknowledged"], ["trigger critical", "acknowledge"]],
    ["either", ["rolled_back", "verified", "ended", "acknowledged"], ["resolve"]],
    ["resolved", ["rolled_back", "verified", "acknowledged"], ["acknowledge"]],
    ["resolved", ["rolled_back", "verified", "acknowledged", "ended"], ["acknowledge", "resolve"]],
    ["acknowledged", ["rolled_back", "verified", "ended"], []],
    ["acknowledged", ["rolled_back", "verified", "ended", "acknowledged"], ["acknowledge", "resolve"]],
  ];
  test.each(cases)("on %s, of %j", (resolveOn, messages, expected) => {
    expect(oneByOne(messages, { resolveOn })).toEqual(["trigger error", ...expected]);
  });

  test("by what verifies it, where its alerts had resolved before: nothing tells of their end then", () => {
    const { receipt } = told(["rolled_back"]);
    expect(told(["verified"], { receipt, incident: off }).sent).toEqual(["resolve"]);
    expect(told(["verified"], { receipt, incident: off, resolveOn: "acknowledged" }).sent).toEqual([]);
  });

  test("not by an end that its messages have not come to", () => {
    expect(told(["rolled_back"], { incident: off }).sent).toEqual(["trigger error"]);
    const { receipt } = told(["rolled_back"]);
    const late = told(["verified", messageOf("escalated", { tier: "emergency" })], {
      receipt,
      incident: off,
    });
    expect(late.sent).toEqual(["trigger critical"]);
  });

  test("not by what verified it before it escalated", () => {
    const worse = messageOf("escalated", { tier: "safe-state" });
    expect(oneByOne(["rolled_back", "verified", worse, "ended"])).toEqual([
      "trigger error",
      "trigger critical",
    ]);
  });
});

describe("a page of something else is resolved", () => {
  test("by the end of the alert that was kept back, whatever the policy says", () => {
    const given = { incident: keptBack(), resolveOn: "acknowledged" } as const;
    expect(oneByOne(["cooldown", "ended", "cooldown"], given)).toEqual([
      "trigger critical",
      "resolve",
      "trigger critical",
    ]);
  });

  test.each(["seeing_again", "resumed", "promoted", "completed", "aborted"] as const)(
    "by %s, of a rollout that stood still",
    (kind) => {
      const blind = messageOf("blind", { tier: null, page: true });
      expect(oneByOne([blind, blind, kind], { incident: promoted() })).toEqual([
        "trigger critical",
        "trigger critical",
        "resolve",
      ]);
    },
  );

  test("not by that where the rollout has failed", () => {
    const [blind, failed] = [messageOf("blind", { tier: null }), messageOf("failed", { tier: null })];
    expect(oneByOne([blind, failed, blind, "seeing_again"], { incident: promoted() })).not.toContain(
      "resolve",
    );
  });
});

describe("delivered together", () => {
  const worse = messageOf("escalated", { tier: "safe-state" });
  test("one trigger tells of all", () => {
    expect(told(["rolled_back", worse, "failed"]).sent).toEqual(["trigger critical"]);
  });

  test("a trigger comes before its resolve", () => {
    expect(told(["rolled_back", "verified", "ended"], { incident: ended() })).toMatchObject({
      sent: ["trigger error", "resolve"],
      receipt: { state: "resolved" },
    });
    expect(told(["rolled_back", worse, "verified", "acknowledged"]).sent).toEqual([
      "trigger critical",
      "acknowledge",
      "resolve",
    ]);
  });

  const given = { incident: keptBack() };
  test("what came and went several times is one", () => {
    expect(told(["cooldown", "ended", "cooldown", "ended"], given).sent).toEqual([
      "trigger critical",
      "resolve",
    ]);
    expect(told(["cooldown", "ended", "cooldown"], given).sent).toEqual(["trigger critical"]);
  });

  test("people are called anew for what began after the open page had ended", () => {
    const { receipt } = told(["cooldown"], given);
    expect(told(["ended", "cooldown"], { ...given, receipt }).sent).toEqual(["resolve", "trigger critical"]);
    expect(told(["ended", "cooldown", "ended"], { ...given, receipt }).sent).toEqual([
      "trigger critical",
      "resolve",
    ]);
  });

  test("the trigger is of the last message that called", () => {
    const messages = [
      messageOf("rolled_back"),
      { ...worse, at: 1_000, detail: "phase did not help" },
    ] as const;
    const { events } = pagerDutyEventsOf(
      { messages: [...messages, messageOf("verified")], incident: escalated(), receipt: null },
      { resolveOn: "either" },
    );
    expect(events).toMatchObject([
      {
        payload: { timestamp: "1970-01-01T00:00:01.000Z", custom_details: { why: "phase did not help" } },
      },
    ]);
  });
});

test("a page that comes when all is long over is closed at once: nothing else would close it", () => {
  const given = { incident: ended() };
  expect(told(["rolled_back"], given).sent).toEqual(["trigger error", "resolve"]);
  expect(oneByOne(["rolled_back", "verified", "ended"], given)).toEqual(["trigger error", "resolve"]);
  expect(told(["rolled_back"], { ...given, resolveOn: "acknowledged" }).sent).toEqual(["trigger error"]);
});
