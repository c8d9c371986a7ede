import { describe, expect, test } from "@jest/globals";
import { type IncidentReport, NothingToReport, type ProgressReport } from "../../../src/app/report/report.ts";
import type { LedgerEvent } from "../../../src/domain/event.ts";
import { GenesisStory } from "./genesis-story.ts";
import { around, but, HOUR, Reporting, START, WELL } from "./reporting.ts";

const progress = async (app: Reporting, ...asked: Parameters<Reporting["report"]>): Promise<ProgressReport> =>
  (await app.report(...asked)) as ProgressReport;

function running(plan = "hybrid"): Reporting {
  const app = new Reporting();
  app.curves = { ...WELL, cache_hit_rate: () => 80, sum: () => 80 };
  app.deploy(plan);
  return app;
}

describe("which one is meant", () => {
  test("a stage is the one that was completed last, or else the one that goes on", async () => {
    const app = running();
    app.app.runFor(HOUR);
    expect((await progress(app, { kind: "stage" })).stages).toMatchObject([{ stage: 1, result: "RUNNING" }]);
    app.app.runFor(8 * HOUR);
    expect((await progress(app, { kind: "stage" })).stages).toMatchObject([{ stage: 1, result: "SUCCESS" }]);
    app.app.says("abort");
    expect((await progress(app, { kind: "stage" })).stages).toMatchObject([{ stage: 2, result: "ABORTED" }]);
  });

  test("a day is the last one that is over, or the first", async () => {
    const app = running("safe");
    app.app.runFor(HOUR);
    expect(await progress(app, { kind: "day" })).toMatchObject({ heading: "Genesis: day 1 so far" });
    app.app.runFor(60 * HOUR);
    const day = await progress(app, { kind: "day" });
    expect(day).toMatchObject({ heading: "Genesis: day 2", status: "SUCCESS" });
    expect(Date.parse(day.from)).toBe(START + 24 * HOUR);
    expect(Date.parse(day.to)).toBe(START + 48 * HOUR);
    expect(day.stages.map(({ stage }) => stage)).toEqual([2]);
  });

  test.each([
    [
      { kind: "stage", stage: 4 },
      /^stage 4 of rollout ro-1-\w+ has not begun, or was left out: there are stages 1$/,
    ],
    [{ kind: "day", day: 2 }, /^day 2 of rollout ro-1-\w+ has not begun: it is in day 1$/],
    [{ kind: "final", rollout: "ro-9-x" }, /^rollout ro-9-x is not remembered any more/],
    [{ kind: "incident" }, /^there has been no rollback yet/],
    [{ kind: "incident", rollback: "rb-9-x" }, /^rollback rb-9-x is not remembered/],
  ] as const)("%j is refused", async (request, message) => {
    const app = running();
    app.app.runFor(HOUR);
    const refused = await app.report(request).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(NothingToReport);
    expect((refused as Error).message).toMatch(message);
  });

  test.each(["stage", "day", "final"] as const)("without a rollout there is no %s", async (kind) => {
    await expect(new Reporting().report({ kind })).rejects.toThrow(/there has been no rollout yet/);
  });

  test("the rollout before the last one is still known", async () => {
    const app = running("fast");
    const first = app.app.state.rollout?.id ?? "";
    app.app.runToEnd();
    app.deploy("hybrid");
    app.app.runFor(HOUR);
    const report = await progress(app, { kind: "stage", rollout: first, stage: 2 });
    expect(report).toMatchObject({
      name: `stage-${first}-2`,
      status: "ON TRACK",
      rollout: { state: "completed" },
    });
    expect(report.nextSteps.map(({ text }) => text)).toContain("a later rollout has begun: see its reports");
  });

  test("an incident is the open one, or the last one, or the one that is named", async () => {
    const app = new GenesisStory().whole();
    const second = app.app.fires("ServiceDown").rollback;
    expect(await app.report({ kind: "incident" })).toMatchObject({ rollback: { id: second, open: true } });
    const named = await app.report({ kind: "incident", rollback: app.rollback });
    expect(named).toMatchObject({ rollback: { id: app.rollback, open: false }, status: "VERIFIED" });
  });
});

describe("progress", () => {
  test("is behind by what a hold took, and counts on from there", async () => {
    const app = running("fast");
    app.app.runFor(23 * HOUR);
    app.app.nextCheck({ error_rate: 0.3 });
    while (app.app.stage === 1) app.app.nextLook();
    const { progress: seen } = await progress(app, { kind: "stage" });
    expect(seen).toMatchObject({
      completed: 1,
      stages: 3,
      percent: 33.3,
      timeline: "behind",
      bySeconds: 6 * 3_600,
    });
    expect(Date.parse(seen?.estimatedEnd ?? "")).toBe(app.app.now + 48 * HOUR);
  });

  test("of a rollout that was rolled back has stopped", async () => {
    const { progress: seen } = (await new GenesisStory().whole().report({ kind: "final" })) as ProgressReport;
    expect(seen).toEqual({
      completed: 2,
      stages: 6,
      percent: 33.3,
      timeline: "stopped",
      bySeconds: 0,
      estimatedEnd: null,
    });
  });
});

describe("final success", () => {
  const rollbackOfStory = () => {
    const [past] = new GenesisStory().whole().app.state.past;
    if (past === undefined) throw new Error("it has ended");
    return past;
  };
  const done = (): Reporting => {
    const app = running("fast");
    app.app.runToEnd();
    return app;
  };

  test("is not known before it has lasted", async () => {
    const { finalSuccess } = await progress(done(), { kind: "final" });
    expect(finalSuccess).toEqual({ met: null, detail: "not yet: 1d of 2d at 100 %, and good so far" });
  });

  test("is not met by what was bad meanwhile", async () => {
    const app = done();
    const at = app.app.now;
    app.curves = { ...app.curves, error_rate: but(app.curves.error_rate, at - HOUR, at, around(0.2, 0)) };
    const { finalSuccess } = await progress(app, { kind: "final" });
    expect(finalSuccess).toMatchObject({
      met: false,
      detail: expect.stringContaining("error_rate was 0.2 (it must be < 0.1)"),
    });
  });

  test("is not met by a rollback meanwhile that left all traffic where it was", async () => {
    const app = done();
    const at = app.app.now - HOUR;
    const lasting = { ...rollbackOfStory(), startedAt: at, trigger: "Slow", id: "rb-9-x", endedAt: at + 1 };
    app.app.state.past = [lasting];
    const { finalSuccess } = await progress(app, { kind: "final" });
    expect(finalSuccess).toMatchObject({
      met: false,
      detail: expect.stringContaining("rollback rb-9-x by Slow was in it"),
    });
  });

  test("is not known where there are gaps, and not met once traffic is back", async () => {
    const app = done();
    app.app.now += 40 * HOUR;
    const { finalSuccess } = await progress(app, { kind: "final" }, { metrics: null });
    expect(finalSuccess).toMatchObject({
      met: null,
      detail: expect.stringContaining("error_rate is not known"),
    });
    app.app.rollsBack("safe-state");
    expect((await progress(app, { kind: "final" })).finalSuccess).toMatchObject({ met: false });
  });
});

describe("an incident", () => {
  test("of thousands of alerts has all its steps, and counts what it does not list", async () => {
    const app = running();
    app.app.runFor(HOUR);
    const rollback = app.app.fires("ErrorRateSpike").rollback ?? "";
    const [first] = app.app.ledger.filter((event) => event.rollback === rollback);
    if (first === undefined) throw new Error("it has begun");
    const { ledger } = app.app;
    const at = app.app.now;
    const push = (more: Partial<LedgerEvent>): void => {
      const revision = (ledger.at(-1)?.revision ?? 0) + 1;
      ledger.push({ ...first, revision, at, flags: [], traffic: null, ...more });
    };
    const joins = (): void =>
      push({ reason: "absorbed", alert: first.alert && { ...first.alert, name: "Slow" } });
    for (let i = 0; i < 1_500; i++) joins();
    const before = { enabled: true, rolloutPercentage: 100 };
    const after = { ...before, enabled: false };
    push({ reason: "escalated", flags: [{ flag: "in_the_middle", before, after }] as never });
    for (let i = 0; i < 1_500; i++) joins();
    app.app.state.revision = ledger.at(-1)?.revision ?? 0;
    const report = (await app.report({ kind: "incident" })) as IncidentReport;
    expect(report.flags).toContainEqual({ flag: "in_the_middle", before: "100 %", after: "off" });
    expect(report.notDone).toContainEqual(
      expect.objectContaining({ what: "Slow turned nothing more down", times: 3_000 }),
    );
    const joined = report.timeline.filter(({ what }) => what === "absorbed").map(({ text }) => text);
    expect(joined).toHaveLength(4);
    expect(joined[1]).toContain("and 1499 more");
    expect(report.unknown.join()).not.toContain("events");
  });

  test("that is forced shut tells who did it, and what is kept", async () => {
    const app = new GenesisStory().rollsBack();
    app.app.acknowledges(app.rollback, { actor: "thon", reason: "false alarm", force: true });
    const report = (await app.report({ kind: "incident" })) as IncidentReport;
    expect(report).toMatchObject({
      status: "ENDED",
      because: expect.arrayContaining(["an operator ended it before there was a verdict"]),
      withinBudget: null,
      quarantine: [],
      acknowledgements: [{ by: "thon", text: expect.stringContaining("false alarm") }],
    });
    const whys = report.notDone.map(({ why }) => why);
    expect(whys.join()).not.toContain("follows by itself");
  });

  test("tells of alerts that changed nothing, and of what an override keeps on", async () => {
    const app = new GenesisStory();
    const darwin = app.policy.flags.get("darwin_integration_enabled");
    if (darwin === undefined) throw new Error("the policy has it");
    app.app.policy = {
      ...app.policy,
      flags: new Map([...app.policy.flags, [darwin.key, { ...darwin, override: true }]]),
    };
    app.firstStage();
    const rollback = app.app.fires("ErrorRateSpike").rollback ?? "";
    const counted = { alert: "ErrorRateSpike", reason: "duplicate", tier: "safe-state", rollback } as const;
    const times = { times: 41, firstAt: app.app.now, lastAt: app.app.now };
    app.app.state.unchanged = [{ ...counted, ...times }];
    const { notDone } = (await app.report({ kind: "incident" })) as IncidentReport;
    expect(notDone).toContainEqual({
      what: "nothing was done for ErrorRateSpike",
      why: "it was known already",
      times: 41,
    });
    expect(notDone).toContainEqual({
      what: "not everything that was turned down is off for users",
      why: expect.stringContaining("DARWIN_INTEGRATION_ENABLED"),
      times: null,
    });
  });
});

test("no password, token or user name of an address is in a report", async () => {
  const app = new GenesisStory().whole();
  for (const kind of ["incident", "daily", "final"] as const) {
    const text = JSON.stringify(await app.report({ kind }));
    expect(text).toContain("https://prometheus.example/targets");
    expect(text).not.toMatch(/secret|ada/);
  }
});
