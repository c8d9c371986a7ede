import { describe, expect, test } from "@jest/globals";
import { configurationIn } from "../../src/adapters/alertmanager/configuration.ts";
import type { PreflightCheck } from "../../src/app/preflight/preflight-check.ts";
import { checkRouting } from "../../src/app/preflight/routing-check.ts";
import type { Policy } from "../../src/domain/policy.ts";
import { policyFrom, rulesOf } from "../support/generated.ts";

const shop = policyFrom(`
alerts:
  - { alert: Broken, expr: up == 0, rollback: emergency }
  - { alert: Slow, expr: slow > 1, rollback: stage, labels: { team: web } }
  - { alert: Unwell, expr: unwell > 1 }
  - { alert: Watchdog, expr: vector(1), labels: { severity: none } }
`);

const RECEIVERS = `
receivers:
  - name: people
    slack_configs: [{ channel: a }]
  - name: us
    webhook_configs: [{ url: "http://rollguard:9095/api/v1/alerts" }]
  - name: dog
    webhook_configs: [{ url: "http://rollguard:9095/api/v1/watchdog" }]
  - name: proxied
    webhook_configs: [{ url: "https://example.org/guard/api/v1/applications/shop/alerts/" }]
  - name: somebody-else
    webhook_configs: [{ url: "http://rollguard:9095/api/v1/applications/shop-eu/alerts" }]
  - name: filled-in
    webhook_configs: [{ url: "http://rollguard:9095/api/v1/applications/{{ .CommonLabels.application }}/alerts" }]
  - name: elsewhere
    webhook_configs: [{ url: "http://rollguard:9095/hook" }]
  - name: rollguard
    webhook_configs: [{ url: <secret> }]
  - name: rollguard-watchdog
    webhook_configs: [{ url: <secret> }]
  - name: hidden
    webhook_configs: [{ url: <secret> }]
time_intervals: [{ name: nights }]
`;

function routed(routes: string, policy: Policy = shop): PreflightCheck {
  const configuration = configurationIn(`route: { receiver: people, routes: [${routes}] }\n${RECEIVERS}`);
  return checkRouting(policy.application.name, rulesOf(policy).file, configuration);
}

const WATCHDOG = `{ receiver: dog, matchers: ['alertname="Watchdog"'] }`;
const ALL = `{ receiver: us, matchers: ['rollback=~".+"'], continue: true }`;

describe("ready is an Alertmanager that brings every trigger, and the Watchdog", () => {
  test.each([
    [`${ALL}, ${WATCHDOG}`, "http://rollguard:9095/api/v1/alerts"],
    [
      `{ receiver: proxied, matchers: ['application="shop"', 'rollback=~"stage|emergency"'] }, ${WATCHDOG}`,
      "https://example.org/guard/api/v1/applications/shop/alerts/",
    ],
    [
      `{ receiver: us, match: { team: web } }, { receiver: proxied, match_re: { rollback: "e.*" } }, ${WATCHDOG}`,
      "https://example.org/guard/api/v1/applications/shop/alerts/, http://rollguard:9095/api/v1/alerts",
    ],
    [
      `{ receiver: filled-in, matchers: ['rollback=~".+"'], continue: true }, ${WATCHDOG}`,
      "http://rollguard:9095/api/v1/applications/%7B%7B%20.CommonLabels.application%20%7D%7D/alerts",
    ],
    [
      `{ receiver: people, matchers: ['application="shop"'], routes: [${ALL}, ${WATCHDOG}] }`,
      "http://rollguard:9095/api/v1/alerts",
    ],
    [
      `{ receiver: rollguard-watchdog, matchers: ['alertname="Watchdog"'] }, { receiver: rollguard, matchers: ['rollback!=""'] }`,
      "receiver rollguard, whose address Alertmanager keeps secret",
    ],
  ])("%s", (routes, places) => {
    expect(routed(routes)).toEqual({
      name: "alertmanager",
      status: "pass",
      detail: `2 triggers and the Watchdog come to Rollguard: ${places}`,
      fix: null,
    });
  });

  test("also where no alert of the policy calls for a rollback yet", () => {
    const quiet = policyFrom("alerts: [{ alert: Unwell, expr: unwell > 1 }]");
    expect(routed(`${ALL}, ${WATCHDOG}`, quiet)).toMatchObject({
      status: "pass",
      detail: "0 triggers and the Watchdog come to Rollguard: http://rollguard:9095/api/v1/alerts",
    });
    expect(routed(WATCHDOG, quiet)).toMatchObject({
      status: "fail",
      detail: "no route of Alertmanager brings these to Rollguard: any trigger",
    });
  });
});

const GENERATE =
  "run `rollguard generate`, give Alertmanager the generated alertmanager/alertmanager.yml and reload it";

describe("a trigger that does not come", () => {
  test.each([
    ["no route at all", WATCHDOG, "Broken, Slow"],
    [
      "a route before it that keeps it",
      `{ receiver: people, matchers: ['team="web"'] }, ${ALL}, ${WATCHDOG}`,
      "Slow",
    ],
    ["a route for some tiers", `{ receiver: us, matchers: ['rollback="stage"'] }, ${WATCHDOG}`, "Broken"],
    ["another application's route", `{ receiver: us, matchers: ['application="shop-eu"'] }`, "Broken, Slow"],
    ["another application's address", `{ receiver: somebody-else }`, "Broken, Slow"],
    ["another address", `{ receiver: elsewhere }`, "Broken, Slow"],
    ["the Watchdog's address", `{ receiver: dog }`, "Broken, Slow"],
    ["a receiver that is not there", `{ receiver: nobody }`, "Broken, Slow"],
  ])("%s", (_, routes, names) => {
    expect(routed(routes)).toEqual({
      name: "alertmanager",
      status: "fail",
      detail: `no route of Alertmanager brings these to Rollguard: ${names}`,
      fix: GENERATE,
    });
  });
});

describe("a warning", () => {
  test("for a receiver that may be anybody: from 0.26 on addresses are secret", () => {
    expect(routed(`{ receiver: hidden, matchers: ['team="web"'] }, ${ALL}, ${WATCHDOG}`)).toEqual({
      name: "alertmanager",
      status: "warn",
      detail:
        "it cannot be told whether Rollguard gets Slow: Alertmanager keeps the address of their receiver secret",
      fix: `give the receiver a name with "rollguard" in it, or ${GENERATE}`,
    });
    expect(routed(`{ receiver: rollguard-watchdog }`).status).toBe("warn");
  });

  test("for a route that is muted at times, unless another one is always open", () => {
    const muted = `{ receiver: us, matchers: ['rollback=~".+"'], mute_time_intervals: [nights], continue: true }`;
    expect(routed(`${muted}, ${WATCHDOG}`)).toEqual({
      name: "alertmanager",
      status: "warn",
      detail: "the route to Rollguard is muted in nights: for some of the time nothing would be rolled back",
      fix: "take the time intervals off the route",
    });
    expect(routed(`${muted}, ${ALL}, ${WATCHDOG}`).status).toBe("pass");
  });

  test.each([
    ALL,
    `${ALL}, { receiver: us }`,
    `${ALL}, { receiver: hidden }`,
    `${ALL}, { receiver: rollguard }`,
  ])("for a Watchdog that does not come: %s", (routes) => {
    expect(routed(routes)).toEqual({
      name: "alertmanager",
      status: "warn",
      detail:
        "no route of Alertmanager brings the Watchdog to Rollguard: a rollout would soon be held as blind",
      fix: GENERATE,
    });
  });
});
