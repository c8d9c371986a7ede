import { describe, expect, test } from "@jest/globals";
import { chartFile } from "../../../src/adapters/report/chart.ts";
import type { IncidentReport, ProgressReport } from "../../../src/app/report/report.ts";
import { GenesisStory } from "../../app/report/genesis-story.ts";
import { HOUR, Reporting, WELL } from "../../app/report/reporting.ts";
import { expectGoldenReport, expectGoldenText } from "./golden-report.ts";

const stopped = new GenesisStory().whole();

describe("reports as they are read", () => {
  test("of a stage that went well", async () => {
    const report = await new GenesisStory().firstStage().report({ kind: "stage" });
    expect(report).toMatchObject({ status: "ON TRACK", name: expect.stringMatching(/^stage-ro-1-\w+-1$/) });
    expectGoldenReport("stage", report);
  });

  test("of a stage that was held, and in which nothing was seen for a while", async () => {
    const story = new GenesisStory().secondStage();
    expectGoldenReport("stage-held", await story.report({ kind: "stage", stage: 2 }));
  });

  test("of a day", async () => {
    expectGoldenReport("day", await stopped.report({ kind: "day", day: 1 }));
  });

  test("of a rollout that was rolled back", async () => {
    expectGoldenReport("final-rolled-back", await stopped.report({ kind: "final" }));
  });

  test("of a rollout that was completed, and was good for long enough", async () => {
    const app = new Reporting();
    app.curves = WELL;
    app.deploy("fast");
    app.app.runToEnd();
    app.app.now += 30 * HOUR;
    expectGoldenReport("final", await app.report({ kind: "final" }));
  });

  test("of an incident that is over", async () => {
    const report = (await stopped.report({ kind: "incident" })) as IncidentReport;
    expectGoldenReport("incident", report);
    for (const chart of report.charts) expectGoldenText(`incident.${chart.id}.svg`, chartFile(chart));
  });

  test("of an incident that is open", async () => {
    expectGoldenReport("incident-open", await new GenesisStory().rollsBack().report({ kind: "incident" }));
  });

  test("of the last 24 hours", async () => {
    expectGoldenReport("daily", await stopped.report({ kind: "daily" }));
  });

  test("of the last 24 hours, of which nothing is known", async () => {
    const report = await new Reporting().report({ kind: "daily" }, { metrics: null, alerts: null });
    expect(report).toMatchObject({ status: "NO ROLLOUT", rollout: null, progress: null });
    expectGoldenReport("daily-without-anything", report);
  });
});

test("the numbers of an incident are the ledger's", async () => {
  const { app, rollback } = stopped;
  const report = (await stopped.report({ kind: "incident" })) as IncidentReport;
  const own = app.ledger.filter((event) => event.rollback === rollback);
  const past = app.state.past.find(({ id }) => id === rollback);
  const seconds = (from = 0, to = 0): number => (to - from) / 1_000;
  expect(report.rollback.id).toBe(rollback);
  expect(report.traffic).toEqual({ before: own[0]?.traffic?.before, after: own[0]?.traffic?.after });
  expect(report.flags).toHaveLength(own[0]?.flags.length ?? 0);
  const took = Object.fromEntries(report.durations.map(({ part, seconds: each }) => [part, each]));
  expect(took).toMatchObject({
    detected: seconds(past?.alertStartedAt ?? 0, past?.receivedAt ?? 0),
    verified: seconds(past?.startedAt, past?.verifiedAt ?? 0),
    total: seconds(past?.alertStartedAt ?? 0, past?.verifiedAt ?? 0),
  });
  expect(report.timeline.filter(({ by }) => by !== null).map(({ at }) => Date.parse(at))).toEqual(
    expect.arrayContaining([own[0]?.at, own.at(-1)?.at]),
  );
  const absorbed = own.filter(({ reason }) => reason === "absorbed");
  expect(report.notDone).toContainEqual(
    expect.objectContaining({ what: expect.stringContaining("LatencyExtreme"), times: absorbed.length }),
  );
});

test("the checks of a stage are those that its gate judged", async () => {
  const story = new GenesisStory().firstStage();
  const report = (await story.report({ kind: "stage" })) as ProgressReport;
  // Eight hours, every 15 minutes.
  expect(report.stages).toMatchObject([
    { checks: 32, seenSeconds: 8 * 3_600, result: "SUCCESS", verdict: "green" },
  ]);
});
