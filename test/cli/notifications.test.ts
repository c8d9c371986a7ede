import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { type PagerDutyServer, startPagerDutyServer } from "../support/pagerduty-server.ts";
import { type SlackServer, startSlackServer } from "../support/slack-server.ts";
import { ROUTING_KEY } from "../support/told-by-rollguard.ts";
import { type Ran, run } from "./run.ts";

const BOT = "xoxb-a-bot-of-this-test";
const POLICY = `application: { name: shop, trafficFlag: checkout }
flags: { checkout: { phase: 1 } }
alerts:
  - { alert: ErrorsHigh, expr: errors > 1, rollback: phase }
notifications: { slack: { channel: "#genesis-alerts" } }
`;

const directory = mkdtempSync(join(tmpdir(), "rollguard-notifications-"));
let slack: SlackServer;
let pagerDuty: PagerDutyServer;

beforeAll(() => writeFileSync(join(directory, "shop.yaml"), POLICY));
afterAll(() => rmSync(directory, { recursive: true }));

beforeEach(async () => {
  [slack, pagerDuty] = await Promise.all([startSlackServer({ token: BOT }), startPagerDutyServer()]);
});
afterEach(() => Promise.all([slack.stop(), pagerDuty.stop()]));

const tried = (argv: readonly string[], more: Record<string, string> = {}): Promise<Ran> =>
  run(["notifications", ...argv], {
    environment: {
      ROLLGUARD_POLICY: directory,
      SLACK_BOT_TOKEN: BOT,
      SLACK_API_URL: slack.apiUrl,
      PAGERDUTY_ROUTING_KEY: ROUTING_KEY,
      PAGERDUTY_EVENTS_URL: pagerDuty.url,
      ROLLGUARD_REPORTS: "none",
      ...more,
    },
  });

describe("rollguard notifications test", () => {
  test("sends a marked sample to each channel, and leaves no page open", async () => {
    const { code, stdout } = await tried(["test"]);
    expect(stdout.split("\n").sort()).toEqual([
      "",
      "sent   shop: pagerduty: PagerDuty, service shop",
      "sent   shop: slack: Slack, #genesis-alerts",
    ]);
    expect(code).toBe(0);
    expect(slack.posts("genesis-alerts")).toMatchObject([{ text: expect.stringMatching(/test/i) }]);
    expect(pagerDuty.incidents).toMatchObject([{ status: "resolved" }]);
    expect(slack.workspace.faults).toEqual([]);
  });

  test("tells what is wrong with one, without its secret, and tries the others all the same", async () => {
    const { code, stdout, stderr } = await tried(["test"], { SLACK_BOT_TOKEN: "xoxb-wrong-hunter2" });
    expect(stdout).toMatch(/^failed shop: slack: .*token/im);
    expect(stdout).toMatch(/^sent {3}shop: pagerduty:/m);
    expect(stdout + stderr).not.toContain("hunter2");
    expect(code).toBe(1);
  });

  test("tells whether reports can be written", async () => {
    const reports = join(directory, "reports");
    const good = await tried(["test", "--channel", "report"], { ROLLGUARD_REPORTS: reports });
    expect(good).toMatchObject({ code: 0, stdout: expect.stringMatching(/^sent {3}shop: report: /) });
    const bad = await tried(["test", "--channel", "report"], {
      ROLLGUARD_REPORTS: join(directory, "shop.yaml"),
    });
    expect(bad).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^failed shop: report: .*shop\.yaml/),
    });
  });

  test("tries only one of them, and tells it as JSON", async () => {
    const { code, stdout } = await tried(["test", "--channel", "slack", "--json"]);
    expect(JSON.parse(stdout)).toEqual([
      { application: "shop", channel: "slack", ok: true, told: "Slack, #genesis-alerts" },
    ]);
    expect(code).toBe(0);
    expect(pagerDuty.events).toEqual([]);
  });

  test.each([
    [["test", "--channel", "email"], 1, /email is not configured/],
    [["test", "--application", "bank"], 1, /no application "bank"/],
    [
      ["test", "--channel", "pager"],
      2,
      /"pager" is none of slack, pagerduty, email, stakeholders, webhook, report/,
    ],
    [["send"], 2, /rollguard notifications test/],
    [[], 2, /rollguard notifications test/],
  ])("%j is told what is missing", async (argv, expected, why) => {
    const { code, stderr } = await tried(argv);
    expect(stderr).toMatch(why);
    expect(code).toBe(expected);
  });
});
