import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { loadPolicyText } from "../../src/config/policy-text.ts";

const docs = readFileSync("docs/policy.md", "utf8");
const [small, alerts, plans] = [...docs.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, block = ""]) => block);

describe("the examples of docs/policy.md", () => {
  it("load, each with the small policy around it", () => {
    const withPlans = `${small?.replace("fast_search: { ", "fast_search: { phase: 2, ")}${plans}`;
    for (const text of [small ?? "", `${small}${alerts?.replace(/^/gm, "  ")}`, withPlans])
      expect(loadPolicyText(text, "docs/policy.md").problems).toEqual([]);
    expect(plans).toContain("careful:");
    expect(alerts).toContain("$limit");
  });
});
