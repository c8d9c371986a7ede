import { describe, expect, it } from "@jest/globals";
import { type AlertmanagerSubject, matches, routesOf } from "../../../src/domain/lint/alertmanager.ts";
import { ROUTING_CHECKS } from "../../../src/domain/lint/checks.ts";
import type { LabelMatcher } from "../../../src/domain/lint/promql.ts";
import { alertOf, routeOf, saidOfRoutes } from "./subjects.ts";

const is = (name: string, value: string, op: LabelMatcher["op"] = "="): LabelMatcher => ({ name, op, value });
const ROLLBACK = is("rollback", ".+", "=~");

const trigger = (name: string) => ({
  alert: alertOf({ name, rollback: "stage" }),
  labels: new Map([
    ["alertname", name],
    ["severity", "critical"],
    ["rollback", "stage"],
  ]),
});
const about = (application: string) => {
  const { alert, labels } = trigger("A");
  return { alert, labels: new Map([...labels, ["application", application]]) };
};
const warning = {
  alert: alertOf({ name: "Elevated", labels: { severity: "warning" } }),
  labels: new Map([
    ["alertname", "Elevated"],
    ["severity", "warning"],
  ]),
};

const receiver = (name: string, integrations: readonly string[], rollsBack = false) => ({
  name,
  path: ["receivers", name],
  integrations,
  rollsBack,
  webhooks: [],
});

/** A receiver with these webhooks; Rollguard's are those with `api` in their address. */
const withWebhooks = (...urls: readonly (string | null)[]): AlertmanagerSubject => ({
  ...good,
  receivers: [
    ...good.receivers,
    {
      ...receiver("rollguard", ["webhook_configs"], true),
      webhooks: urls.map((url, index) => ({
        path: ["receivers", "rollguard", "webhook_configs", index],
        url,
        isRollguard: url === null || url.includes("api"),
      })),
    },
  ],
});
const TEMPLATE = "http://r/api/v1/applications/{{ .CommonLabels.application }}/alerts";

/** Everything as it should be. */
const good: AlertmanagerSubject = {
  route: routeOf("chat", {
    routes: [
      routeOf("rollguard", { path: ["route", "routes", 0], matchers: [ROLLBACK], continue: true }),
      routeOf("pager", { path: ["route", "routes", 1], matchers: [is("severity", "critical")] }),
    ],
  }),
  receivers: [
    receiver("chat", ["slack_configs"]),
    receiver("rollguard", ["webhook_configs"], true),
    receiver("pager", ["pagerduty_configs"]),
  ],
  inhibitions: [
    { path: ["inhibit_rules", 0], source: [], target: [is("rollback", "")], equal: ["application"] },
  ],
  alerts: [trigger("A"), warning],
  version: { major: 0, minor: 34 },
};

const [toRollguard, toPager] = good.route.routes as [
  AlertmanagerSubject["route"],
  AlertmanagerSubject["route"],
];
const withRoutes = (...routes: AlertmanagerSubject["route"]["routes"]) => ({
  ...good,
  route: routeOf("chat", { routes }),
});

const cases: Record<string, Record<string, [AlertmanagerSubject, ...string[]]>> = {
  "alertmanager/receivers": {
    "alerts that are sent to nobody": [
      {
        ...good,
        route: routeOf("", {
          routes: [routeOf("chta", { path: ["route", "routes", 0] }), routeOf("silent"), routeOf("empty")],
        }),
        receivers: [receiver("chat", ["slack_configs"]), receiver("silent", []), receiver("empty", [])],
      },
      "error route.receiver: this route has no receiver",
      'error route.routes.0.receiver: there is no receiver "chta"',
      'warning receivers.chat.name: no route leads to the receiver "chat"',
      'warning receivers.empty.name: the receiver "empty" tells nobody: what is routed to it is lost',
    ],
  },
  "alertmanager/rollback-route": {
    "a trigger that rolls nothing back": [
      withRoutes(toPager),
      "error route: no route takes A to Rollguard: nothing will be rolled back",
    ],
    "a rollback that nobody hears of": [
      withRoutes({ ...toRollguard, continue: false }, toPager),
      "error route: no route takes A to a pager: nobody learns of a rollback that fails",
    ],
    "many at once": [
      { ...withRoutes(toPager), alerts: ["A", "B", "C", "D"].map(trigger) },
      "error route: no route takes A, B, C and 1 more to Rollguard: nothing will be rolled back",
    ],
  },
  "alertmanager/muted": {
    "a rollback that waits for the morning": [
      withRoutes({ ...toRollguard, muted: ["muted in nights"] }, { ...toPager, muted: ["muted in nights"] }),
      "error route.routes.0: A cannot roll back at all times: muted in nights",
      "error route.routes.1: A has no pager that is never muted, so a rollback may page nobody: muted in nights",
    ],
    "a muted trigger: the pager of a rollback sleeps, though Rollguard does not": [
      withRoutes(toRollguard, { ...toPager, muted: ["active in office hours only"] }),
      "error route.routes.1: A has no pager that is never muted, so a rollback may page nobody: active in office hours only",
    ],
    "pagers that may or may not take turns": [
      withRoutes(
        toRollguard,
        { ...toPager, continue: true, muted: ["muted in nights"] },
        { ...toPager, path: ["route", "routes", 2], muted: ["active in nights only"] },
      ),
      "warning route.routes.1: A has no pager that is never muted, so a rollback may page nobody: muted in nights",
      "warning route.routes.2: A has no pager that is never muted, so a rollback may page nobody: active in nights only",
    ],
    "a receiver that is both, once": [
      {
        ...withRoutes({ ...toRollguard, muted: ["muted in nights"] }),
        receivers: [receiver("rollguard", ["webhook_configs", "pagerduty_configs"], true)],
      },
      "error route.routes.0: A cannot roll back at all times: muted in nights",
    ],
    "nothing while another pager is awake, or it is a warning that waits": [
      withRoutes(
        toRollguard,
        { ...toPager, continue: true, muted: ["muted in nights"] },
        { ...toPager, path: ["route", "routes", 2] },
        routeOf("chat", { path: ["route", "routes", 3], muted: ["muted in nights"] }),
      ),
    ],
  },
  "alertmanager/shared-receiver": {
    "others before Rollguard and behind it": [
      withWebhooks("http://chat/", "http://r/api/v1/alerts", "http://other/"),
      'warning receivers.rollguard.webhook_configs.1: the receiver "rollguard" has webhooks of others beside Rollguard\'s: one that changes its place is not told of what fires until repeat_interval',
    ],
    "nothing of several responders, nor of addresses in files": [
      withWebhooks("http://a/api/v1/alerts", "http://b/api/v1/alerts", null),
    ],
    "nothing of receivers that are not Rollguard": [withWebhooks("http://a/", "http://b/")],
  },
  "alertmanager/template-url": {
    "a template that an old Alertmanager takes as text": [
      {
        ...withWebhooks(null, "http://{{ .x }}/", TEMPLATE, "http://r/api"),
        version: { major: 0, minor: 30 },
      },
      "warning receivers.rollguard.webhook_configs.2.url: Alertmanager 0.30 does not fill in templates in an address: this one names no application",
    ],
    "one that is filled in with what a group shares": [
      { ...withWebhooks(TEMPLATE), version: { major: 0, minor: 31 } },
      "info receivers.rollguard.webhook_configs.0.url: a template in Rollguard's address names no application where the alerts of a group do not share the label, and in an Alertmanager before 0.31",
    ],
    "nothing for an address as it is": [withWebhooks("http://r/api/v1/alerts", "http://{{ .x }}/")],
  },
  "alertmanager/unknown-application": {
    "an address whose application none of the alerts is about": [
      {
        ...withWebhooks(
          null,
          "http://r/api/v1/applications/pub/alerts",
          "http://r/api/v1/applications/shop/alerts/",
        ),
        alerts: [about("shop"), about("bank"), warning],
      },
      'warning receivers.rollguard.webhook_configs.1.url: this address names the application "pub", and the alerts are about shop, bank',
    ],
    "nothing of an address that names none": [
      { ...withWebhooks(TEMPLATE, "http://r/api/v1/alerts"), alerts: [about("shop")] },
    ],
    "nothing where the alerts do not say whom they are about": [
      withWebhooks("http://r/api/v1/applications/pub/alerts"),
    ],
  },
  "alertmanager/inhibited": {
    "a rollback that another alert suppresses": [
      {
        ...good,
        inhibitions: [
          { path: ["inhibit_rules", 0], source: [], target: [is("severity", "critical")], equal: ["x"] },
        ],
      },
      "error inhibit_rules.0: this rule can suppress A, and with it the rollback and the page",
    ],
    "a page that another alert suppresses, whoever its receiver is": [
      {
        ...withRoutes(toPager),
        inhibitions: [
          { path: ["inhibit_rules", 0], source: [], target: [is("rollback", ".+", "=~")], equal: ["x"] },
        ],
      },
      "error inhibit_rules.0: this rule can suppress A, and with it the rollback and the page",
    ],
  },
  "alertmanager/inhibit-equal": {
    "one application's alert that silences all the others": [
      { ...good, inhibitions: [{ path: ["inhibit_rules", 0], source: [], target: [], equal: [] }] },
      "error inhibit_rules.0: an inhibit rule without equal suppresses alerts of every application and instance",
    ],
  },
  "alertmanager/warning-rolls-back": {
    "a warning that is taken for a trigger": [
      withRoutes({ ...toRollguard, matchers: [] }, toPager),
      "error route: the warning Elevated reaches Rollguard",
    ],
  },
};

for (const [check, table] of Object.entries(cases)) {
  describe(check, () => {
    for (const [what, [subject, ...expected]] of Object.entries(table))
      it(`finds ${what}`, () => expect(saidOfRoutes(check, subject)).toEqual(expected));
    it("finds nothing in good routes", () => expect(saidOfRoutes(check, good)).toEqual([]));
  });
}

it("shows the failure that each check prevents", () => {
  expect(Object.keys(cases).sort()).toEqual(ROUTING_CHECKS.map(({ name }) => name).sort());
});

describe("routing", () => {
  it("goes as deep as the labels lead, and no further than the first match", () => {
    const inner = routeOf("inner", { matchers: [is("team", "web")] });
    const outer = routeOf("outer", { matchers: [is("env", "prod")], routes: [inner] });
    const root = routeOf("root", { routes: [outer, routeOf("last")] });
    const receiversFor = (labels: Record<string, string>): string[] =>
      routesOf(root, new Map(Object.entries(labels))).map(({ receiver: name }) => name);
    expect(receiversFor({ env: "prod", team: "web" })).toEqual(["inner"]);
    expect(receiversFor({ env: "prod" })).toEqual(["outer"]);
    expect(receiversFor({})).toEqual(["last"]);
  });

  const matchers: [LabelMatcher, Record<string, string>, boolean][] = [
    [is("a", "b", "!="), { a: "b" }, false],
    [is("a", "b", "!="), {}, true],
    [is("a", "b|c", "=~"), { a: "c" }, true],
    [is("a", "b", "=~"), { a: "bb" }, false],
    [is("a", "b", "!~"), { a: "bb" }, true],
    [is("a", "(", "=~"), { a: "(" }, false],
  ];
  for (const [matcher, labels, expected] of matchers)
    it(`${expected ? "matches" : "does not match"} ${JSON.stringify(labels)} by ${matcher.name}${matcher.op}${matcher.value}`, () =>
      expect(matches([matcher], new Map(Object.entries(labels)))).toBe(expected));
});
