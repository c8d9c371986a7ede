import { writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { stringify } from "yaml";
import { policyFrom } from "../support/generated.ts";
import { freePort } from "../support/process.ts";
import { startPrometheusFrom } from "../support/prometheus-server.ts";
import { Stopper } from "../support/stopper.ts";
import { until } from "../support/until.ts";
import { generatedFiles, tool } from "../support/upstream-tools.ts";

/** What people write, and what must arrive. */
const TEXTS: Record<string, readonly [written: string, arrives: string]> = {
  braces: ["{{ braces }} and {{", "{{ braces }} and {{"],
  template: ["{{ $value }} of {{ $labels.kind }}, {{ all }}", "1 of test, {{ all }}"],
  escaped: ['{{"{{"}} by hand', "{{ by hand"],
  quotes: [`"double" 'single' \`back\` \\ back\\nslash`, `"double" 'single' \`back\` \\ back\\nslash`],
  lines: ["one\n  two\n\nthree\n", "one\n  two\n\nthree\n"],
  comment: ["# no comment: - really", "# no comment: - really"],
  yes: ["yes", "yes"],
  number: ["012_3", "012_3"],
  date: ["2026-11-20", "2026-11-20"],
  empty_end: ["  spaces  ", "  spaces  "],
  letters: ["吉 🚀 é \u0085 \u2028", "吉 🚀 é \u0085 \u2028"],
  controls: ["a\rb\tc\u0007d\u007f", "a\rb\tc\u0007d\u007f"],
};

const entries = Object.entries(TEXTS);
const column = (at: 0 | 1) => Object.fromEntries(entries.map(([name, texts]) => [name, texts[at]]));

interface Arrived {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

const running = new Stopper();
let arrived: Arrived;

beforeAll(async () => {
  const text = stringify({
    scrape: { interval: "1s", timeout: "1s", evaluationInterval: "1s" },
    alerts: [
      {
        alert: "Intact",
        expr: 'label_replace(vector(1), "kind", "test", "", "")',
        labels: column(0),
        annotations: { ...column(0), summary: "{{ $value", description: "a: b" },
      },
    ],
  });
  const files = await generatedFiles([policyFrom(text)]);
  running.add(files.remove);
  const rules = files.file("rules/generated/shop.rules.yml");
  expect((await tool("promtool", "check", "rules", rules)).output).toContain("SUCCESS");

  const configuredBy = files.file("intact.json");
  await writeFile(configuredBy, JSON.stringify({ rule_files: [rules] }));
  const prometheus = await running.start(
    startPrometheusFrom({ configuredBy, address: `127.0.0.1:${await freePort()}` }),
  );
  const alerts = await until(
    "the alert",
    async () => {
      const answer = await (await fetch(`${prometheus.url}/api/v1/alerts`)).json();
      const all = (answer as { data: { alerts: Arrived[] } }).data.alerts;
      return all.filter(({ labels }) => labels.alertname === "Intact");
    },
    (found) => found.length > 0,
    { onFailure: prometheus.report },
  );
  arrived = alerts[0] as Arrived;
});

afterAll(() => running.stop());

describe("in a real Prometheus", () => {
  for (const [name, [, expected]] of entries) {
    it(`a label arrives as it was written: ${name}`, () => expect(arrived.labels[name]).toBe(expected));

    it(`an annotation arrives as it was written: ${name}`, () =>
      expect(arrived.annotations[name]).toBe(expected));
  }

  it("the other words arrive too", () => {
    expect(arrived.annotations).toMatchObject({
      summary: "{{ $value",
      description: "a: b",
      runbook_url: "docs/runbooks/Intact.md",
    });
  });

  it("nothing else is added", () => {
    expect(Object.keys(arrived.labels).sort()).toEqual(
      [...Object.keys(TEXTS), "alertname", "application", "kind", "severity"].sort(),
    );
  });
});
