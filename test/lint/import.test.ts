import { writeFile } from "node:fs/promises";
import { describe, expect, it } from "@jest/globals";
import { importRules } from "../../src/adapters/files/rule-import.ts";
import { loadPolicyText } from "../../src/config/policy-text.ts";
import type { Policy } from "../../src/domain/policy.ts";
import { expectGolden } from "../cli/golden.ts";
import { run } from "../cli/run.ts";
import { temporaryDirectory } from "../support/process.ts";

const HEAD = "application: { name: shop, trafficFlag: checkout }\nflags: { checkout: { phase: 4 } }\n";

/** The policy that the sections make, which must load. */
function policyOf(yaml: string): Policy {
  const { policy, problems } = loadPolicyText(HEAD + yaml, "shop.yaml");
  expect(problems).toEqual([]);
  return policy as Policy;
}

describe("import", () => {
  it("turns a rule file into sections of a policy, and tells what it could not", async () => {
    const { transcript, stdout, code } = await run(["import", "test/golden/lint/import.rules.yml"]);
    expectGolden("lint/import", transcript);
    expect(code).toBe(0);
    const { alerts, metrics, triggers } = policyOf(stdout);
    expect(metrics.map(({ record }) => record)).toEqual(["shop:errors:ratio"]);
    expect(alerts.map(({ alert }) => alert)).toEqual(["Errors_high", "Down", "Always"]);
    expect([...triggers.values()]).toEqual([
      { alert: "Down", tier: "safe-state", flags: [], suspects: null },
    ]);
  });

  it("leads to a policy that rolls back once its hints are uncommented", async () => {
    const { stdout } = await run(["import", "test/golden/lint/import.rules.yml"]);
    const uncommented = stdout.replace("# rollback: stage", "rollback: stage");
    expect(uncommented).not.toBe(stdout);
    expect(policyOf(uncommented).triggers.get("Errors_high")?.tier).toBe("stage");
  });

  it("takes its own generated rules back", async () => {
    const { code, stdout } = await run(["import", "rules/generated/genesis.rules.yml"]);
    expect(code).toBe(0);
    expect(policyOf(stdout).triggers.get("ServiceDown")?.tier).toBe("emergency");
  });

  it("keeps every text as it was, whatever is in it", () => {
    const summary = "{{ $labels.job }}: \"a\" 'b'\n\\ # c\t{{ $value | humanize }}";
    const text = JSON.stringify({
      groups: [
        {
          name: "g",
          rules: [{ alert: "A", expr: 'a{b="c"} > 1 # d', annotations: { summary }, labels: { n: 1 } }],
        },
      ],
    });
    const [alert] = policyOf(importRules(text).yaml).alerts;
    expect(alert?.annotations.get("summary")).toBe(summary);
    expect(alert?.labels.get("n")).toBe("1");
    expect(alert?.expr).toBe('a{b="c"} > 1 # d');
  });

  const bad: Record<string, [file: string, code: number, message: RegExp]> = {
    "a file that is not there": ["none.yml", 1, /does not exist/],
    "a policy": ["rules/genesis.yaml", 1, /no file of Prometheus rules/],
    "an Alertmanager configuration": ["test/golden/lint/alertmanager.yml", 1, /no file of Prometheus rules/],
  };
  for (const [what, [file, code, message]] of Object.entries(bad))
    it(`refuses ${what}`, async () => {
      const ran = await run(["import", file]);
      expect(ran.code).toBe(code);
      expect(ran.stdout).toBe("");
      expect(ran.stderr).toMatch(message);
    });

  it("refuses a file that is no YAML, and says where", async () => {
    const { path, remove } = await temporaryDirectory("import");
    try {
      const file = `${path}/broken.yml`;
      await writeFile(file, "groups:\n  {{- range .Values.groups }}\n");
      const { code, stderr } = await run(["import", file]);
      expect(code).toBe(1);
      expect(stderr).toMatch(/broken\.yml:2:\d+: .*render it first/);
    } finally {
      await remove();
    }
  });

  it("wants one file", async () => {
    expect(await run(["import"])).toMatchObject({ code: 2 });
    expect(await run(["import", "a", "b"])).toMatchObject({ code: 2 });
  });
});
