import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { genesis, policyFrom } from "../support/generated.ts";
import { type GeneratedFiles, generatedFiles, tool } from "../support/upstream-tools.ts";

let files: GeneratedFiles;
let others: GeneratedFiles;

const SHARED = `metrics: [{ record: error_rate, expr: "rate(NAME_errors_total[1m])", unit: ratio }]
scrape: { targets: [{ job: NAME, address: "NAME:80", metricsPath: /stats }, { job: alertmanager, address: "alertmanager:9093" }] }
alerts:
  - { alert: Errors, expr: error_rate > $limit, for: 1m, rollback: stage, limits: [{ traffic: 50, limit: 1 }, { traffic: 100, limit: 2 }] }
  - { alert: NoErrors, expr: absent(error_rate), blind: true, keep_firing_for: 2m }
`;

beforeAll(async () => {
  files = await generatedFiles([genesis()]);
  others = await generatedFiles(
    ["shop", "bank"].map((name) => policyFrom(SHARED.replaceAll("NAME", name), name)),
  );
});

afterAll(async () => {
  await files?.remove();
  await others?.remove();
});

describe("promtool", () => {
  it("accepts the rules", async () => {
    const { code, output } = await tool(
      "promtool",
      "check",
      "rules",
      files.file("rules/generated/genesis.rules.yml"),
    );
    expect([code, output]).toEqual([0, expect.stringContaining("SUCCESS: 44 rules found")]);
  });

  it("accepts the configuration, and finds the rules from it", async () => {
    const { code, output } = await tool(
      "promtool",
      "check",
      "config",
      files.file("prometheus/prometheus.yml"),
    );
    expect([code, output]).toEqual([0, expect.stringContaining("SUCCESS: 44 rules found")]);
  });

  it("finds that the rules do what their tests say", async () => {
    const { output } = await tool(
      "promtool",
      "test",
      "rules",
      files.file("rules/generated/genesis.rules.test.yml"),
    );
    expect(output).toContain("SUCCESS");
  }, 180_000);

  it("accepts several applications that record the same metric", async () => {
    const config = await tool("promtool", "check", "config", others.file("prometheus/prometheus.yml"));
    expect([config.code, config.output]).toEqual([0, expect.stringContaining("2 rule files found")]);
    for (const name of ["shop", "bank"]) {
      const { output } = await tool(
        "promtool",
        "test",
        "rules",
        others.file(`rules/generated/${name}.rules.test.yml`),
      );
      expect(output).toContain("SUCCESS");
    }
  }, 60_000);
});

describe("amtool", () => {
  it("accepts the configuration of one application, and of several", async () => {
    for (const each of [files, others]) {
      const { code, output } = await tool(
        "amtool",
        "check-config",
        each.file("alertmanager/alertmanager.yml"),
      );
      expect([code, output]).toEqual([0, expect.stringContaining("SUCCESS")]);
    }
  });
});
