import { describe, expect, it } from "@jest/globals";
import { alertmanagerConfig } from "../../../src/domain/generate/alertmanager-config.ts";
import { DEFAULT_TARGET, type Target } from "../../../src/domain/generate/versions.ts";
import type { Policy } from "../../../src/domain/policy.ts";
import { genesis, INSTALLED, policyFrom } from "../../support/generated.ts";

const config = (policies: readonly Policy[] = [genesis()], target: Target = INSTALLED) =>
  alertmanagerConfig(policies, target);

const receiver = (name: string, policies?: readonly Policy[], target?: Target) =>
  config(policies, target).receivers.find((candidate) => candidate.name === name);

const AT_ONCE = { group_by: ["..."], group_wait: "0s", group_interval: "10s", repeat_interval: "5m" };

describe("Alertmanager's routes", () => {
  const { route } = config();
  const [rollback, hold, watchdog, people, ...rest] = route.routes ?? [];

  it("begin with the rollback: each alert alone, at once, and people afterwards", () => {
    expect(rollback).toEqual({
      receiver: "rollguard",
      matchers: ['rollback=~".+"'],
      ...AT_ONCE,
      continue: true,
    });
  });

  it("wait longer than the peers do for each other, where there are any", () => {
    const alone = genesis();
    const peers = (count: number): Policy => ({
      ...alone,
      rollbacks: { ...alone.rollbacks, alertmanagerPeers: count },
    });
    const intervals = (policies: readonly Policy[]) =>
      (config(policies).route.routes ?? []).slice(0, 2).map((one) => one.group_interval);
    expect(intervals([peers(1)])).toEqual(["10s", "10s"]);
    expect(intervals([alone, peers(2)])).toEqual(["20s", "20s"]);
    expect(intervals([peers(3)])).toEqual(["35s", "35s"]);
  });

  it("bring blindness to Rollguard too, which holds the rollout", () => {
    expect(hold).toEqual({
      receiver: "rollguard-hold",
      matchers: ['blind="true"'],
      ...AT_ONCE,
      continue: true,
    });
  });

  it("bring the Watchdog to Rollguard and to nobody else, well within its timeout", () => {
    expect(watchdog).toEqual({
      receiver: "rollguard-watchdog",
      matchers: ['alertname="Watchdog"'],
      group_by: ["..."],
      group_wait: "0s",
      group_interval: "15s",
      repeat_interval: "45s",
    });
    const hasty = policyFrom("rollout: { watchdogTimeout: 4s }\n");
    expect(config([genesis(), hasty]).route.routes?.[2]).toMatchObject({
      group_interval: "1s",
      repeat_interval: "3s",
    });
  });

  it("end with the people of each application, by what the alert calls for", () => {
    expect(rest).toEqual([]);
    expect(people).toMatchObject({
      receiver: "genesis/slack",
      matchers: ['application="genesis"'],
      group_by: ["application", "severity"],
      group_wait: "30s",
      group_interval: "5m",
      repeat_interval: "12h",
    });
    const urgent = { group_wait: "10s", group_interval: "1m", repeat_interval: "1h" };
    expect(people?.routes).toEqual([
      {
        receiver: "genesis/slack+pagerduty-error+email",
        matchers: ['rollback=~"flag|stage|phase"'],
        ...urgent,
      },
      {
        receiver: "genesis/slack+pagerduty-critical+email",
        matchers: ['rollback=~"safe-state|emergency"'],
        ...urgent,
      },
      { receiver: "genesis/slack+pagerduty-critical+email", matchers: ['blind="true"'], ...urgent },
      { receiver: "genesis/slack+pagerduty-critical+email", matchers: ['severity="critical"'], ...urgent },
    ]);
  });

  it("tell somebody of an alert that is nobody's", () => {
    expect(route).toMatchObject({ receiver: "genesis/slack", group_by: ["application", "alertname"] });
    expect(config([]).route).toMatchObject({ receiver: "rollguard" });
  });

  it("never mute anything", () => {
    expect(JSON.stringify(config())).not.toMatch(/mute|active_time|time_interval/);
  });
});

describe("Alertmanager's receivers", () => {
  const webhook = (path: string, send_resolved: boolean, more = {}) => ({
    url: `http://rollguard:9095${path}`,
    send_resolved,
    max_alerts: 0,
    ...more,
    http_config: {
      follow_redirects: false,
      authorization: { credentials_file: "/run/secrets/rollguard_webhook_token" },
    },
  });

  it("are Rollguard, with every alert, its end, no redirect and a token from a file", () => {
    expect(receiver("rollguard")?.webhook_configs).toEqual([webhook("/api/v1/alerts", true)]);
    expect(receiver("rollguard-hold")?.webhook_configs).toEqual([webhook("/api/v1/alerts", true)]);
    // The end of a Watchdog is no sign of life.
    expect(receiver("rollguard-watchdog")?.webhook_configs).toEqual([webhook("/api/v1/watchdog", false)]);
  });

  it("are asked for an answer in time by an Alertmanager that can", () => {
    expect(receiver("rollguard", [genesis()], DEFAULT_TARGET)?.webhook_configs).toEqual([
      webhook("/api/v1/alerts", true, { timeout: "6s" }),
    ]);
  });

  it("are Rollguard's alone: Alertmanager knows what it has delivered by a webhook's place in its receiver", () => {
    const { receivers } = config();
    const path = /\/api\/v1\/(alerts|watchdog)$/;
    const own = receivers.filter(({ webhook_configs = [] }) =>
      webhook_configs.some(({ url }) => path.test(url)),
    );
    expect(own.map(({ name }) => name)).toEqual(["rollguard", "rollguard-hold", "rollguard-watchdog"]);
    for (const { name, ...integrations } of own) {
      expect(Object.keys(integrations)).toEqual(["webhook_configs"]);
      expect(receiver(name)?.webhook_configs).toHaveLength(1);
    }
  });

  it("are every responder there is, once", () => {
    const two = policyFrom(`scrape:
  targets: [{ job: rollguard, address: "a:1" }, { job: rollguard, address: "b:1" }, { job: rollguard, address: "a:1" }]
`);
    const urls = (policies: readonly Policy[]) =>
      receiver("rollguard", policies)?.webhook_configs?.map(({ url }) => url);
    expect(urls([two])).toEqual(["http://a:1/api/v1/alerts", "http://b:1/api/v1/alerts"]);
    expect(urls([policyFrom("")])).toEqual(["http://rollguard:9095/api/v1/alerts"]);
  });

  it("are Slack alone for warnings", () => {
    const { name, slack_configs, ...others } = receiver("genesis/slack") ?? {};
    expect(slack_configs).toMatchObject([{ channel: "#genesis-alerts", send_resolved: true }]);
    expect([name, others]).toEqual(["genesis/slack", {}]);
  });

  it("are Slack, PagerDuty and e-mail for a rollback, as severe as it is", () => {
    for (const severity of ["error", "critical"]) {
      expect(receiver(`genesis/slack+pagerduty-${severity}+email`)).toMatchObject({
        slack_configs: [{ channel: "#genesis-alerts", send_resolved: true }],
        pagerduty_configs: [
          {
            routing_key_file: "/run/secrets/pagerduty_routing_key",
            send_resolved: true,
            severity,
            component: "genesis",
            group: "genesis",
          },
        ],
        email_configs: [{ to: "devops@genesis.ai", send_resolved: true }],
      });
    }
  });

  it("are each used, and no more than needed", () => {
    expect(config().receivers.map(({ name }) => name)).toEqual([
      "rollguard",
      "rollguard-hold",
      "rollguard-watchdog",
      "genesis/slack",
      "genesis/slack+pagerduty-error+email",
      "genesis/slack+pagerduty-critical+email",
    ]);
  });

  it("take their secrets from files, and only those that are needed", () => {
    expect(config().global).toEqual({
      slack_api_url_file: "/run/secrets/slack_webhook_url",
      smtp_smarthost: "smtp:587",
      smtp_from: "rollguard@genesis.ai",
      smtp_auth_username: "rollguard",
      smtp_auth_password_file: "/run/secrets/smtp_password",
    });
    const quiet = policyFrom("notifications: { routes: [{ on: [stage], pagerduty: error, email: now }] }\n");
    expect(config([quiet]).global).toEqual({});
    expect(
      config([quiet])
        .receivers.map(({ name }) => name)
        .slice(3),
    ).toEqual(["shop/nobody", "shop/pagerduty-error"]);
  });

  it("tell nobody of what rolls back where only Rollguard is to tell of that", () => {
    const alone = policyFrom("notifications: { rollbacksToldBy: rollguard }\n");
    const people = config([alone]).route.routes?.find(({ matchers }) =>
      matchers?.includes('application="shop"'),
    );
    expect(people?.routes?.map(({ receiver: name, matchers }) => [matchers, name])).toEqual([
      [['rollback=~".+"'], "shop/nobody"],
      [['blind="true"'], "shop/slack+pagerduty-critical"],
      [['severity="critical"'], "shop/slack+pagerduty-critical"],
    ]);
    expect(receiver("shop/nobody", [alone])).toEqual({ name: "shop/nobody" });
  });

  it("take names of the policy for text", () => {
    const policy = policyFrom(`notifications:
  slack: { channel: "{{ a }}" }
  pagerduty: { service: "{{ b }}" }
  email: { to: [a@shop.example, b@bank.example] }
`);
    expect(receiver("shop/slack+pagerduty-error+email", [policy])).toMatchObject({
      slack_configs: [{ channel: '{{"{{"}} a }}' }],
      pagerduty_configs: [{ component: '{{"{{"}} b }}' }],
      email_configs: [{ to: "a@shop.example, b@bank.example" }],
    });
    expect(config([policyFrom("", "bank"), policy]).global.smtp_from).toBe("rollguard@shop.example");
  });
});

describe("Alertmanager's inhibitions", () => {
  it("are within one application, and never of a rollback or of blindness", () => {
    const { inhibit_rules } = config();
    expect(
      inhibit_rules.map(({ source_matchers, target_matchers }) => [source_matchers, target_matchers]),
    ).toEqual([
      [['rollback=~".+"'], ['severity="warning"', 'rollback=""', 'blind=""']],
      [
        ['alertname="RollguardDown"'],
        ['alertname=~"RollguardInstanceDown|RollguardTrafficUnknown"', 'rollback=""', 'blind=""'],
      ],
      [
        ['alertname="RollguardStoreDown"'],
        ['alertname="RollguardTrafficUnknown"', 'rollback=""', 'blind=""'],
      ],
    ]);
    expect(inhibit_rules.map(({ equal }) => equal)).toEqual(Array(3).fill(["application"]));
  });

  it("have names where Alertmanager knows them", () => {
    expect(config().inhibit_rules.every(({ name }) => name === undefined)).toBe(true);
    expect(config([genesis()], DEFAULT_TARGET).inhibit_rules.every(({ name }) => name !== undefined)).toBe(
      true,
    );
  });
});
