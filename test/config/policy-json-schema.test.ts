import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { policyJsonSchema } from "../../src/config/policy-json-schema.ts";

const FILE = "rules/policy.schema.json";

describe("the JSON Schema of a policy", () => {
  // To rewrite the file, run this test with UPDATE=1 in the environment, and format it: `npm run format`.
  if (process.env.UPDATE === "1") writeFileSync(FILE, `${JSON.stringify(policyJsonSchema(), null, 2)}\n`);
  const schema = JSON.parse(JSON.stringify(policyJsonSchema()));

  it(`is the committed ${FILE}`, () => {
    expect(JSON.parse(readFileSync(FILE, "utf8"))).toEqual(schema);
  });

  it("is the one that the policy names", () => {
    const [first] = readFileSync("rules/genesis.yaml", "utf8").split("\n");
    expect(first).toBe("# yaml-language-server: $schema=policy.schema.json");
  });

  it("describes what people write: durations are text, and defaults are not required", () => {
    expect(schema.required).toEqual(["application", "alerts", "flags"]);
    expect(schema.properties.verify.properties.startAfter).toMatchObject({ type: "string", default: "45s" });
    expect(schema.properties.alerts.items.required).toEqual(["alert"]);
    expect(schema.additionalProperties).toBe(false);
  });

  it("describes every section", () => {
    for (const section of Object.values<{ description?: string }>(schema.properties))
      expect(section.description).toBeTruthy();
  });
});
