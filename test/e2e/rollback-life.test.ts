import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { ApplicationView } from "../../src/app/describe-application.ts";
import type { RollbackTimeline } from "../../src/app/describe-rollback.ts";
import { type GenesisStack, startGenesisStack } from "../support/genesis-stack.ts";
import { type PeopleServers, startPeopleServers } from "../support/people-servers.ts";
import { shownText } from "../support/slack-server.ts";
import { toldByRollguard } from "../support/told-by-rollguard.ts";
import { until } from "../support/until.ts";
import { startWebhookReceiver } from "../support/webhook-receiver.ts";

const TRAFFIC_FLAG = "phase_4_deployment";
const TESTS = "TestPassRateCritical";
const ERRORS = "ErrorRateSpike";
const APPLICATION = "genesis";
/** The seeds': any flag off, and the whole rollback, from the alert on. Seconds. */
const FLAG_OFF = 30;
const WHOLE = 120;

// The life of a rollback on real servers, from the alert to its end. The steps build on each other.
describe("the life of a rollback", () => {
  let stack: GenesisStack;
  let told: PeopleServers;
  let timeline: RollbackTimeline;

  beforeAll(async () => {
    told = await startPeopleServers();
    const turnedOn = new Map([[TRAFFIC_FLAG, 60]]);
    const quick = [TESTS, ERRORS];
    stack = await startGenesisStack({
      store: "embedded",
      quick,
      turnedOn,
      giveUpAfter: "1m",
      groupInterval: "1s",
      edit: toldByRollguard,
      env: told.settings,
    });
    await until(
      "Prometheus to see a healthy application",
      () => stack.prometheus.query("error_rate > 0 and on() test_pass_rate > 98 and on() p95_latency > 0"),
      (series) => series.length > 0,
      { onFailure: stack.report },
    );
  }, 60_000);

  afterAll(async () => {
    await stack?.stop();
    await told?.stop();
  });

  const reaches = (what: string, accept: (seen: ApplicationView) => boolean): Promise<ApplicationView> =>
    until(what, () => stack.rollguard.application(APPLICATION), accept, {
      within: 60_000,
      onFailure: stack.report,
    });

  const acknowledge = (id: string, body: object) =>
    stack.rollguard.command(APPLICATION, `rollbacks/${id}/acknowledge`, body);

  test("a fault rolls back, and is not called over while it lasts", async () => {
    stack.app.passTests(90);
    const { rollback } = await reaches("the rollback", (seen) => seen.rollback !== null);
    expect(rollback).toMatchObject({ tier: "phase", trigger: TESTS, status: "verifying", verifiedAt: null });
    timeline = await until(
      "a check that finds it bad",
      () => stack.rollguard.timeline(APPLICATION, rollback?.id ?? ""),
      ({ verification }) => verification?.last?.verdict === "bad",
      { onFailure: stack.report },
    );
    expect(timeline.verification?.last?.why).toContain(`${TESTS} is still true`);
    const refused = await acknowledge(timeline.id, { reason: "seen" });
    expect(refused).toMatchObject({ status: 409, body: { reason: "refused" } });
  });

  test("the application recovers: it is verified, its alert resolves, and the episode is over", async () => {
    stack.app.recover();
    await reaches("the end of the episode", ({ rollback }) => rollback === null);
    timeline = await stack.rollguard.timeline(APPLICATION, timeline.id);
    expect(timeline).toMatchObject({
      tier: "phase",
      status: "verified",
      open: false,
      startedBy: "alertmanager",
    });
    expect(timeline.endedAt).not.toBeNull();
    const reasons = timeline.events.map(({ reason, actor }) => `${reason} by ${actor}`);
    expect(reasons[0]).toBe("rolled_back by alertmanager");
    expect(reasons.slice(1).sort()).toEqual(["resolved by alertmanager", "verified by clock"]);
  }, 90_000);

  test("its timeline tells each step, within the seeds' budget", () => {
    const { detected, decided, committed, verified, total } = timeline.durations;
    for (const took of [detected, decided, committed, verified, total]) expect(took).not.toBeNull();
    const flagOff = Number(detected) + Number(decided) + Number(committed);
    expect(flagOff).toBeLessThan(FLAG_OFF);
    expect(Number(total)).toBeGreaterThanOrEqual(Number(verified));
    expect(Number(total)).toBeLessThan(WHOLE);
    expect(timeline.budgetSeconds).toBe(WHOLE);
    const [first] = timeline.events;
    const startsAt = Date.parse(first?.alert?.startsAt ?? "");
    expect((Date.parse(first?.at ?? "") - startsAt) / 1_000).toBeLessThan(FLAG_OFF);
    expect(Date.parse(timeline.verifiedAt ?? "") - startsAt).toBeLessThan(WHOLE * 1_000);
  });

  test("people are told once: a message that is updated, a page, a mail, a report with the ledger's numbers", async () => {
    const { slack, pagerDuty, mails } = told;
    await until(
      "the end to be told",
      () => slack.cards(),
      (cards) => cards.some((text) => /Rollback over \(phase\)/.test(text)),
      { onFailure: stack.report },
    );
    expect(slack.cards()).toHaveLength(1);
    const [card] = slack.server.workspace.messages;
    expect(card?.channel).toMatch(/^incident-\d{4}-\d\d-\d\d$/);
    // The card is written anew first, and its thread then.
    await until(
      "its thread to tell of the verdict",
      () => slack.server.thread(card).map(shownText).join("\n"),
      (thread) => /good checks in a row/.test(thread),
    );
    expect(slack.server.posts("genesis-alerts")).toHaveLength(1);
    expect(slack.server.workspace.faults).toEqual([]);

    await until(
      "the page to be resolved",
      () => pagerDuty.incidents,
      ([page]) => page?.status === "resolved",
    );
    expect(pagerDuty.events.map(({ event_action }) => event_action)).toEqual(["trigger", "resolve"]);
    expect(pagerDuty.incidents.map(({ dedupKey }) => dedupKey)).toEqual([
      `rollguard/${APPLICATION}/${timeline.id}`,
    ]);

    const toDevops = mails.filter(({ to }) => to.includes("devops@genesis.ai"));
    expect(toDevops.map(({ parsed }) => parsed.subject)).toEqual([expect.stringContaining(TESTS)]);
    await until(
      "stakeholders to know that it is over",
      () =>
        mails.filter(({ to }) => to.includes("stakeholders@genesis.ai")).map(({ parsed }) => parsed.subject),
      (subjects) => subjects.some((subject) => /all clear/i.test(subject ?? "")),
      { within: 45_000 },
    );

    const reply = await fetch(
      `${stack.rollguard.url}/api/v1/applications/${APPLICATION}/reports/incident?rollback=${timeline.id}&format=json`,
    );
    const report = (await reply.json()) as {
      rollback: object;
      durations: { part: string; seconds: number | null }[];
    };
    expect(report.rollback).toMatchObject({
      id: timeline.id,
      verifiedAt: timeline.verifiedAt,
      endedAt: timeline.endedAt,
    });
    expect(Object.fromEntries(report.durations.map(({ part, seconds }) => [part, seconds]))).toEqual(
      timeline.durations,
    );
    const file = await until(
      "the report",
      () => told.incidentReport(APPLICATION, timeline.id),
      (text) => /Ended:/.test(text),
    );
    for (const { flag, before } of timeline.events.flatMap(({ flags }) => flags))
      expect(file).toContain(
        `| \`${flag}\` | ${before.rolloutPercentage === 100 ? "on" : `${before.rolloutPercentage} %`} |`,
      );
  }, 90_000);

  test("is measured for Prometheus too", async () => {
    const metrics = await (await fetch(`${stack.rollguard.url}/metrics`)).text();
    for (const phase of ["detect", "decide", "commit", "verify"])
      expect(metrics).toContain(`rollguard_rollback_duration_seconds_count{phase="${phase}"} 1\n`);
    expect(metrics).toContain('rollguard_rollbacks_total{tier="phase",outcome="verified"} 1\n');
  });

  test("nothing came back by itself; acknowledged once, it leaves quarantine", async () => {
    expect((await reaches("it", () => true)).traffic).toBe(30);
    expect(await acknowledge(timeline.id, { reason: "the tests are fixed" })).toMatchObject({ status: 200 });
    expect((await reaches("it", () => true)).quarantine).toEqual([]);
    expect(await acknowledge(timeline.id, { reason: "again" })).toMatchObject({ status: 409 });
  });

  test("an alert whose webhook was lost while we were down is acted on at the start", async () => {
    await stack.rollguard.kill();
    // Whoever answers in our place loses it: for Alertmanager it is delivered.
    const thief = await startWebhookReceiver(Number(new URL(stack.rollguard.url).port));
    try {
      stack.app.failRequests(5);
      await until(
        "the webhook to be lost",
        () => thief.received,
        (all) => all.some(({ body }) => body.alerts.some(({ labels }) => labels.alertname === ERRORS)),
        { within: 30_000, onFailure: stack.report },
      );
    } finally {
      await thief.stop();
    }
    await stack.rollguard.restart();
    const seen = await reaches("the rollback", ({ rollback }) => rollback !== null);
    expect(seen).toMatchObject({
      traffic: 0,
      rollback: { tier: "safe-state", trigger: ERRORS, startedBy: "reconcile" },
    });
    const { durations } = await stack.rollguard.timeline(APPLICATION, seen.rollback?.id ?? "");
    expect(durations.detected).toBeLessThan(WHOLE);
    const metrics = await (await fetch(`${stack.rollguard.url}/metrics`)).text();
    expect(metrics).toContain('rollguard_reconciled_total{outcome="acted"} 1\n');
  }, 90_000);

  test("and ends as every other one", async () => {
    stack.app.recover();
    await reaches("the end of the episode", ({ rollback }) => rollback === null);
    const events = await stack.rollguard.events(APPLICATION);
    expect(events.filter(({ ended }) => ended)).toHaveLength(2);
    expect(events.map(({ revision }) => revision)).toEqual(events.map((_event, index) => index + 1));
  }, 90_000);
});
