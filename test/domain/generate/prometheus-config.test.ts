import { describe, expect, it } from "@jest/globals";
import { prometheusConfig } from "../../../src/domain/generate/prometheus-config.ts";
import { DEFAULT_TARGET } from "../../../src/domain/generate/versions.ts";
import { genesis, INSTALLED, policyFrom } from "../../support/generated.ts";

const RULES = ["../rules/generated/genesis.rules.yml"];

describe("Prometheus' configuration", () => {
  it("scrapes every 5 s with 4 s of patience, judges every 15 s, and tells Alertmanager", () => {
    const one = (job_name: string, address: string) => ({
      job_name,
      static_configs: [{ targets: [address] }],
    });
    expect(prometheusConfig([genesis()], RULES, INSTALLED)).toEqual({
      global: { scrape_interval: "5s", scrape_timeout: "4s", evaluation_interval: "15s" },
      rule_files: RULES,
      alerting: { alertmanagers: [{ static_configs: [{ targets: ["alertmanager:9093"] }] }] },
      scrape_configs: [
        one("genesis", "genesis:8000"),
        one("rollguard", "rollguard:9095"),
        one("node", "node-exporter:9100"),
        one("prometheus", "prometheus:9090"),
        one("alertmanager", "alertmanager:9093"),
      ],
    });
  });

  it("lets Prometheus 3 read an application that names no Content-Type", () => {
    const fallbackAt = (target: typeof INSTALLED) =>
      prometheusConfig([genesis()], RULES, target).scrape_configs.map((job) => job.fallback_scrape_protocol);
    expect(fallbackAt(DEFAULT_TARGET)).toEqual(["PrometheusText0.0.4", ...Array(4).fill(undefined)]);
    expect(fallbackAt(INSTALLED)).toEqual(Array(5).fill(undefined));
  });

  it("has no Alertmanager when no policy names one", () => {
    expect(prometheusConfig([policyFrom("")], [], INSTALLED)).not.toHaveProperty("alerting");
  });

  it("makes one job of those that applications share, as demanding as the most demanding of them", () => {
    const shop = policyFrom(`scrape:
  interval: 10s
  timeout: 5s
  targets: [{ job: shop, address: "shop:1" }, { job: node, address: "node:1" }]
`);
    const bank = policyFrom(
      `scrape:
  evaluationInterval: 30s
  targets:
    - { job: bank, address: "bank:1", metricsPath: /stats }
    - { job: bank, address: "bank:2", metricsPath: /stats }
    - { job: bank, address: "bank:3" }
    - { job: node, address: "node:1" }
    - { job: node, address: "node:2" }
`,
      "bank",
    );
    expect(prometheusConfig([shop, bank], [], INSTALLED)).toEqual({
      global: { scrape_interval: "5s", scrape_timeout: "4s", evaluation_interval: "15s" },
      rule_files: [],
      scrape_configs: [
        {
          job_name: "shop",
          scrape_interval: "10s",
          scrape_timeout: "5s",
          static_configs: [{ targets: ["shop:1"] }],
        },
        { job_name: "node", static_configs: [{ targets: ["node:1", "node:2"] }] },
        {
          job_name: "bank",
          static_configs: [
            { targets: ["bank:1", "bank:2"], labels: { __metrics_path__: "/stats" } },
            { targets: ["bank:3"] },
          ],
        },
      ],
    });
  });

  it("gives each job of its own interval its own timeout", () => {
    const shop = policyFrom("scrape: { timeout: 3s, targets: [{ job: shop, address: a }] }\n");
    const bank = policyFrom("scrape: { timeout: 2s, targets: [{ job: bank, address: b }] }\n", "bank");
    expect(prometheusConfig([shop, bank], [], INSTALLED).scrape_configs).toMatchObject([
      { scrape_interval: "5s", scrape_timeout: "3s" },
      { job_name: "bank" },
    ]);
  });
});
