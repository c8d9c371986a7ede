import { describe, expect, it } from "@jest/globals";
import type { PropagationView, RollbackTimeline } from "../../src/app/describe-rollback.ts";
import { PLAIN } from "../../src/cli/text/style.ts";
import { timelineLines } from "../../src/cli/text/timeline-text.ts";

const START = Date.parse("2026-11-20T21:04:10.000Z");

function linesOf(propagation: PropagationView | null, propagated: number | null): string[] {
  const timeline: RollbackTimeline & { readonly application: string } = {
    application: "shop",
    id: "rb-1-x",
    tier: "phase",
    trigger: "TestsFail",
    status: "verified",
    open: false,
    startedBy: "alertmanager",
    reason: null,
    nextSuspects: [],
    startedAt: new Date(START).toISOString(),
    escalatedAt: null,
    verifiedAt: new Date(START + 55_000).toISOString(),
    endedAt: new Date(START + 55_000).toISOString(),
    durations: { detected: null, decided: null, committed: 0.003, propagated, verified: 55, total: 55 },
    propagation,
    budgetSeconds: 120,
    verification: null,
    events: [],
  };
  return timelineLines(timeline, { style: PLAIN, now: START + 60_000, several: false });
}

const stepIn = (lines: readonly string[]): string | undefined =>
  lines.map((line) => line.trim().replace(/ +/g, " ")).find((line) => /^\S+ \+\S+ propagated/.test(line));

const reached = { clients: 12, reached: 12, seconds: 0.18, waitedSeconds: 10 };

describe("how a rollback reached its clients", () => {
  it("is a step of the timeline, and one of the durations", () => {
    const lines = linesOf(reached, 0.18);
    expect(stepIn(lines)).toMatch(/ \+0\.183s propagated to 12 of 12 clients in 0\.18s$/);
    expect(lines.join("\n")).toMatch(/propagated +0\.18s +until every connected client had asked/);
    expect(stepIn(linesOf({ ...reached, clients: 1, reached: 1 }, 0.18))).toMatch(/to 1 of 1 client in/);
  });

  it("comes behind what was stored", () => {
    const text = linesOf({ ...reached, seconds: 0 }, 0).join("\n");
    expect(text.indexOf("stored ")).toBeLessThan(text.lastIndexOf("propagated "));
  });

  it("says how many were not reached, and for how long they were waited for", () => {
    const lines = linesOf({ ...reached, reached: 9 }, null);
    expect(stepIn(lines)).toMatch(/ \+10s propagated to 9 of 12 clients after 10s$/);
    expect(lines.join("\n")).not.toMatch(/until every connected client/);
  });

  it("says where nobody was connected, and nothing while it is not known", () => {
    const nobody = { clients: 0, reached: 0, seconds: null, waitedSeconds: 10 };
    expect(stepIn(linesOf(nobody, null))).toMatch(/ propagated no clients connected$/);
    expect(stepIn(linesOf(null, null))).toBeUndefined();
  });
});
