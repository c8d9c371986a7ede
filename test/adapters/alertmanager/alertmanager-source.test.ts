import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createAlertmanagerSource } from "../../../src/adapters/alertmanager/alertmanager-source.ts";
import { createJsonApi } from "../../../src/adapters/json-api/json-api.ts";
import type { AlertSource } from "../../../src/app/ports.ts";
import { type AlertmanagerServer, startAlertmanagerFrom } from "../../support/alertmanager-server.ts";
import { freePort, temporaryDirectory } from "../../support/process.ts";
import { Stopper } from "../../support/stopper.ts";
import { until } from "../../support/until.ts";
import { json, startOddServer } from "../json-api/odd-server.ts";

const running = new Stopper();
afterAll(() => running.stop());

function sourceAt(url: string): AlertSource {
  return createAlertmanagerSource(createJsonApi({ name: "Alertmanager", url }));
}

const CONFIGURATION = {
  route: {
    receiver: "people",
    routes: [
      {
        receiver: "rollguard",
        matchers: ['rollback=~".+"', 'team!="a\\"b\\\\c"'],
        group_wait: "0s",
        mute_time_intervals: ["weekends"],
        continue: true,
        routes: [{ match: { application: "shop" }, match_re: { rollback: "flag|stage" } }],
      },
    ],
  },
  inhibit_rules: [
    { source_matchers: ['alertname="Loud"'], target_matchers: ['alertname="Quiet"'], equal: ["application"] },
  ],
  time_intervals: [{ name: "weekends", time_intervals: [{ weekdays: ["saturday", "sunday"] }] }],
  receivers: [
    { name: "people", slack_configs: [{ api_url: "http://127.0.0.1:1/s3cr3t", channel: "#a" }] },
    {
      name: "rollguard",
      webhook_configs: [
        { url: "http://max:s3cr3t@127.0.0.1:1/rollguard/api/v1/alerts?token=s3cr3t" },
        { url: "http://127.0.0.1:1/api/v1/watchdog" },
      ],
    },
  ],
};

describe("a real Alertmanager", () => {
  let alertmanager: AlertmanagerServer;
  let source: AlertSource;

  beforeAll(async () => {
    const directory = await temporaryDirectory("alertmanager-source");
    running.add(directory.remove);
    const configuredBy = join(directory.path, "alertmanager.json");
    await writeFile(configuredBy, JSON.stringify(CONFIGURATION));
    const address = `127.0.0.1:${await freePort()}`;
    alertmanager = await running.start(startAlertmanagerFrom({ configuredBy, address }));
    source = sourceAt(alertmanager.url);
  });

  test("tells which alerts fire, and which of them nobody hears of", async () => {
    const now = Date.now();
    const iso = (at: number): string => new Date(at).toISOString();
    const alert = (alertname: string, more: object = {}) => ({
      labels: { alertname, application: "shop" },
      startsAt: iso(now - 60_000),
      ...more,
    });
    const silenced = await fetch(`${alertmanager.url}/api/v2/silences`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        matchers: [{ name: "alertname", value: "Hushed", isRegex: false }],
        startsAt: iso(now),
        endsAt: iso(now + 3_600_000),
        createdBy: "test",
        comment: "known",
      }),
    });
    expect(silenced.ok).toBe(true);
    await alertmanager.post([
      alert("Loud", { annotations: { summary: "It is loud", description: "really" } }),
      alert("Quiet"),
      alert("Hushed"),
      alert("Over", { endsAt: iso(now - 1_000) }),
    ]);
    const alerts = await until(
      "all of them, and what they do to each other",
      () => source.alerts(),
      (all) =>
        all.length === 3 && all.some(({ inhibited }) => inhibited) && all.some((each) => each.silenced),
    );
    const seen = Object.fromEntries(
      alerts.map(({ name, silenced: isSilenced, inhibited }) => [name, { silenced: isSilenced, inhibited }]),
    );
    expect(seen).toEqual({
      Loud: { silenced: false, inhibited: false },
      Quiet: { silenced: false, inhibited: true },
      Hushed: { silenced: true, inhibited: false },
    });
    const loud = alerts.find(({ name }) => name === "Loud");
    expect(loud).toMatchObject({ labels: { application: "shop" }, summary: "It is loud" });
    expect(loud?.startsAt).toBe(now - 60_000);
    expect(alerts.find(({ name }) => name === "Quiet")?.summary).toBe("");
  });

  test("leaves out what a matcher does not fit, but not what has no such label", async () => {
    await alertmanager.post([
      { labels: { alertname: "Theirs", application: "shopXeu" } },
      { labels: { alertname: "Ours", application: "shop.eu" } },
      { labels: { alertname: "Nobodys", job: "shop" } },
    ]);
    const alerts = await source.alerts('application=~"|shop[.]eu"');
    expect(alerts.map(({ name }) => name).sort()).toEqual(["Nobodys", "Ours"]);
    await expect(source.alerts("{")).rejects.toThrow(
      "Alertmanager answered 400 Bad Request: bad matcher format: {",
    );
  });

  test("tells its routes and receivers, and no secret", async () => {
    const configuration = await source.configuration();
    expect(configuration).toEqual({
      route: {
        path: ["route"],
        receiver: "people",
        groupWait: 30_000,
        matchers: [],
        continue: false,
        muted: [],
        routes: [
          {
            path: ["route", "routes", 0],
            receiver: "rollguard",
            groupWait: 0,
            matchers: [
              { name: "rollback", op: "=~", value: ".+" },
              { name: "team", op: "!=", value: 'a"b\\c' },
            ],
            continue: true,
            muted: ["muted in weekends"],
            routes: [
              {
                path: ["route", "routes", 0, "routes", 0],
                receiver: "rollguard",
                groupWait: 0,
                matchers: [
                  { name: "application", op: "=", value: "shop" },
                  { name: "rollback", op: "=~", value: "flag|stage" },
                ],
                continue: false,
                muted: [],
                routes: [],
              },
            ],
          },
        ],
      },
      receivers: [
        { name: "people", integrations: ["slack_configs"], webhooks: [] },
        {
          name: "rollguard",
          integrations: ["webhook_configs"],
          webhooks: ["http://127.0.0.1:1/rollguard/api/v1/alerts", "http://127.0.0.1:1/api/v1/watchdog"],
        },
      ],
    });
    expect(JSON.stringify(configuration)).not.toContain("s3cr3t");
  });
});

describe("other servers", () => {
  const configured = (original: string) =>
    running.start(startOddServer(json({ config: { original }, versionInfo: {} })));

  test("an address that is kept secret, as from 0.26 on, and one in a file are told as such", async () => {
    const { url } = await configured(
      "route: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{url: <secret>}, {url_file: /run/x}]}]",
    );
    expect((await sourceAt(url).configuration()).receivers).toEqual([
      { name: "a", integrations: ["webhook_configs"], webhooks: [null, null] },
    ]);
  });

  test("a quoted label name, as from 0.27 on", async () => {
    const { url } = await configured('route: {receiver: a, routes: [{matchers: [\'"foo.bar é"="x\\ny"\']}]}');
    const { route } = await sourceAt(url).configuration();
    expect(route.routes[0]?.matchers).toEqual([{ name: "foo.bar é", op: "=", value: "x\ny" }]);
  });

  test.each([
    ["route: [", "Alertmanager's configuration cannot be read: it is no YAML"],
    [
      "",
      "Alertmanager's configuration cannot be read: all of it: Invalid input: expected object, received null",
    ],
    [
      "route: {receiver: a, matchers: ['{']}",
      "Alertmanager's configuration cannot be read: route.matchers: a matcher cannot be read",
    ],
    ["receivers: []", /^Alertmanager's configuration cannot be read: route: /],
  ])("a configuration that is none: %j", async (original, message) => {
    const { url } = await configured(original);
    await expect(sourceAt(url).configuration()).rejects.toMatchObject({
      code: "source_unavailable",
      message: typeof message === "string" ? message : expect.stringMatching(message),
    });
  });

  test.each([
    [{}],
    [[{ labels: { alertname: "A" } }]],
    [
      [
        {
          labels: { alertname: "A" },
          startsAt: "yesterday",
          status: { state: "active", silencedBy: [], inhibitedBy: [] },
        },
      ],
    ],
  ])("alerts that are none: %j", async (answer) => {
    const { url } = await running.start(startOddServer(json(answer)));
    await expect(sourceAt(url).alerts()).rejects.toThrow(
      /^Alertmanager answered something unknown on \/api\/v2\/alerts: /,
    );
  });
});
