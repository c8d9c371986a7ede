import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { loadPolicyText } from "../../src/config/policy-text.ts";

const docs = readFileSync("docs/policy.md", "utf8");
const [small, flags, onMetrics, suspects, alerts, metrics, plans] = [
  ...docs.matchAll(/```yaml\n([\s\S]*?)```/g),
].map(([, block = ""]) => block);

describe("the examples of docs/policy.md", () => {
  it("load, each with the small policy around it", () => {
    const withPlans = `${small?.replace("fast_search: { ", "fast_search: { phase: 2, ")}${plans}`;
    const withAlert = (alert = ""): string => `${small}${alert.replace(/^/gm, "  ")}`;
    const withFlags = `${small?.replace(/^flags:\n(?: .*\n)+/m, flags ?? "")}`;
    for (const text of [
      small ?? "",
      withFlags,
      withAlert(suspects),
      withAlert(alerts),
      `${small}${metrics}`,
      `${small}${onMetrics?.replace(/^alerts:\n/, "")}${metrics}`,
      withPlans,
    ])
      expect(loadPolicyText(text, "docs/policy.md").problems).toEqual([]);
    expect(onMetrics).toContain("slo:");
    expect(metrics).toContain("ratio:");
    expect(plans).toContain("careful:");
    expect(suspects).toContain("window:");
    expect(alerts).toContain("$limit");
  });
});
