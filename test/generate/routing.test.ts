import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { alertmanagerConfig } from "../../src/domain/generate/alertmanager-config.ts";
import { isAlerting } from "../../src/domain/generate/rule-file.ts";
import { genesis, INSTALLED, policyFrom, rulesOf } from "../support/generated.ts";
import { type GeneratedFiles, generatedFiles, receiversOf } from "../support/upstream-tools.ts";

const policy = genesis();
const alerts = rulesOf(policy, INSTALLED)
  .file.groups.flatMap(({ rules }) => rules)
  .filter(isAlerting)
  .map(({ alert, labels }) => ({ alertname: alert, ...labels }) as Record<string, string>);

const PAGE = "genesis/slack+pagerduty-error+email";
const CRITICAL = "genesis/slack+pagerduty-critical+email";
const SLACK = "genesis/slack";

/** Of every alert that is generated for Genesis: an alert without a line here fails. */
const EXPECTED: Record<string, readonly string[]> = {
  TestPassRateCritical: ["rollguard", PAGE],
  ErrorRateSpike: ["rollguard", CRITICAL],
  LatencyExtreme: ["rollguard", PAGE],
  ServiceDown: ["rollguard", CRITICAL],
  ServiceFlapping: ["rollguard", CRITICAL],
  P99LatencyExtreme: ["rollguard", PAGE],
  HealthChecksFailing: ["rollguard", CRITICAL],
  ErrorRateAboveStageLimit: ["rollguard", CRITICAL],
  LatencyAboveStageLimit: ["rollguard", PAGE],
  ErrorRateElevated: [SLACK],
  LatencyElevated: [SLACK],
  TestPassRateLow: [SLACK],
  HighMemoryUsage: [SLACK],
  HighCPUUsage: [SLACK],
  TestPassRateAbsent: ["rollguard-hold", CRITICAL],
  ErrorRateAbsent: ["rollguard-hold", CRITICAL],
  P95LatencyAbsent: ["rollguard-hold", CRITICAL],
  P99LatencyAbsent: ["rollguard-hold", CRITICAL],
  HealthChecksAbsent: ["rollguard-hold", CRITICAL],
  TargetAbsent: ["rollguard-hold", CRITICAL],
  AllTargetsDown: ["rollguard-hold", CRITICAL],
  NoRequests: ["rollguard-hold", CRITICAL],
  NoTests: ["rollguard-hold", CRITICAL],
  Watchdog: ["rollguard-watchdog"],
  RollguardDown: [CRITICAL],
  RollguardInstanceDown: [SLACK],
  RollguardStoreDown: [CRITICAL],
  RollguardWebhookFailing: [CRITICAL],
  RollguardBlind: [CRITICAL],
  RollguardOutboxStuck: [CRITICAL],
  RollguardOutboxBacklog: [SLACK],
  RollguardDeadLetters: [SLACK],
  RollguardPolicyReloadFailed: [SLACK],
  RollguardTrafficUnknown: [CRITICAL],
};

let files: GeneratedFiles;

beforeAll(async () => {
  files = await generatedFiles([policy, policyFrom("", "shop")]);
});

afterAll(() => files?.remove());

const reached = (labels: Record<string, string>) =>
  receiversOf(files.file("alertmanager/alertmanager.yml"), labels);

describe("amtool routes", () => {
  it("every alert there is", () => {
    expect(alerts.map(({ alertname }) => alertname).sort()).toEqual(Object.keys(EXPECTED).sort());
  });

  for (const alert of alerts) {
    const { alertname = "" } = alert;
    const receivers = EXPECTED[alertname] ?? [];
    it(`${alertname} to ${receivers.join(" and ")}`, async () =>
      expect(await reached(alert)).toEqual(receivers));
  }

  it("blindness by its label, whatever severity the policy gives it", async () => {
    const alert = { alertname: "X", application: "genesis", blind: "true", severity: "warning" };
    expect(await reached(alert)).toEqual(["rollguard-hold", CRITICAL]);
  });

  it("a tier that the policy has no alert for yet", async () => {
    const alert = { alertname: "X", application: "genesis", rollback: "flag", severity: "critical" };
    expect(await reached(alert)).toEqual(["rollguard", PAGE]);
  });

  it("another application's alerts to its own people", async () => {
    const alert = { alertname: "X", application: "shop", severity: "warning" };
    expect(await reached(alert)).toEqual(["shop/slack"]);
    expect(await reached({ ...alert, rollback: "emergency" })).toEqual([
      "rollguard",
      "shop/slack+pagerduty-critical",
    ]);
  });

  it("an alert of nobody's to somebody", async () => {
    expect(await reached({ alertname: "X" })).toEqual([SLACK]);
    // Rollguard itself answers that the application is unknown.
    expect(await reached({ alertname: "X", application: "?", rollback: "stage" })).toEqual(["rollguard"]);
  });
});

describe("no inhibition", () => {
  const { inhibit_rules } = alertmanagerConfig([policy], INSTALLED);
  const matches = (matchers: readonly string[], labels: Record<string, string>): boolean =>
    matchers.every((matcher) => {
      const [, name = "", operator, value = ""] = /^(\w+)(=~|=)"(.*)"$/.exec(matcher) ?? [];
      const label = labels[name] ?? "";
      return operator === "=~" ? new RegExp(`^(?:${value})$`).test(label) : label === value;
    });

  it("has a target that rolls back or says that we are blind, under any name", () => {
    const names = ["RollguardDown", "RollguardInstanceDown", "RollguardTrafficUnknown"];
    const hostile: Record<string, string>[] = names.flatMap((alertname) =>
      ["critical", "warning"].map((severity) => ({ alertname, severity, rollback: "stage" })),
    );
    for (const labels of [...alerts, ...hostile].filter(
      ({ rollback, blind }) => (rollback ?? blind) !== undefined,
    )) {
      for (const { target_matchers } of inhibit_rules) expect(matches(target_matchers, labels)).toBe(false);
    }
  });

  it("is idle: each has a source and a target among the alerts", () => {
    for (const { source_matchers, target_matchers } of inhibit_rules) {
      expect(alerts.some((labels) => matches(source_matchers, labels))).toBe(true);
      expect(alerts.some((labels) => matches(target_matchers, labels))).toBe(true);
    }
  });
});
