import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { loadPoliciesInForce, overridePolicies } from "../../src/config/overrides.ts";
import { policyOf } from "../support/policies.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/process.ts";

const shop = policyOf({ flags: [{ key: "new-search" }, { key: "path" }] });
const bank = policyOf({ application: "bank", flags: [{ key: "loans" }] });

function overridesIn(environment: Record<string, string>, policies = [shop]): Record<string, boolean> {
  const { policies: found, problems } = overridePolicies(policies, environment);
  expect(problems).toEqual([]);
  const all: Record<string, boolean> = {};
  for (const { application, flags } of found)
    for (const { key, override } of flags.values())
      if (override !== null) all[`${application.name} ${key}`] = override;
  return all;
}

const ALLOWED =
  "and may be true, false, 1, 0, on or off; unset it, or rename the flag if the variable is there";

describe("overrides from the environment", () => {
  it.each([
    ["true", true],
    ["1", true],
    ["on", true],
    ["On", true],
    [" TRUE\n", true],
    ["false", false],
    ["0", false],
    ["OFF", false],
  ])("reads %j", (text, value) => {
    expect(overridesIn({ TRAFFIC: text })).toEqual({ "shop traffic": value });
  });

  it("reads nothing where nothing is said, or in another name", () => {
    expect(overridesIn({ TRAFFIC: "", NEW_SEARCH: "  ", traffic: "yes", "NEW-SEARCH": "on" })).toEqual({});
  });

  it("finds the variable of a key that no variable could have", () => {
    expect(overridesIn({ NEW_SEARCH: "off" })).toEqual({ "shop new-search": false });
  });

  it("applies one to every application that has such a flag", () => {
    expect(overridesIn({ TRAFFIC: "off", LOANS: "on" }, [shop, bank])).toEqual({
      "shop traffic": false,
      "bank traffic": false,
      "bank loans": true,
    });
  });

  it("tells everything else at once, each variable with its flags and what it may be", () => {
    const environment = { TRAFFIC: "yes", LOANS: "50", NEW_SEARCH: "on" };
    expect(overridePolicies([shop, bank], environment).problems).toEqual([
      expect.stringContaining(
        `TRAFFIC: "yes" overrides nothing: this variable is the environment override of the flags traffic of shop, traffic of bank, ${ALLOWED}`,
      ),
      expect.stringContaining('LOANS: "50" overrides nothing: '),
    ]);
    for (const text of ["constructor", "t", "yes", "-1", "01", "true false", "null"])
      expect(overridePolicies([shop], { TRAFFIC: text }).problems).toHaveLength(1);
  });

  it("makes sense for a variable that every process has, and repeats nothing that may be a secret", () => {
    const { problems } = overridePolicies([shop], { PATH: "/usr/local/bin:/usr/bin" });
    expect(problems).toEqual([
      "PATH: its value of 23 characters overrides nothing: this variable is the environment override of the flag path of shop, " +
        `${ALLOWED} for something else`,
    ]);
  });

  it("cannot tell which of two flags is meant, and does not ask where neither is", () => {
    const alike = policyOf({ flags: [{ key: "a-b" }, { key: "a.b" }, { key: "c" }] });
    expect(overridesIn({ C: "on" }, [alike])).toEqual({ "shop c": true });
    expect(overridePolicies([alike], { A_B: "on" }).problems).toEqual([
      "A_B: it would be the environment override of a-b and a.b of shop alike; unset it, or rename one of them",
    ]);
  });
});

describe("the policies in force", () => {
  let directory: TemporaryDirectory;
  beforeAll(async () => {
    directory = await temporaryDirectory("overrides");
  });
  afterAll(() => directory.remove());

  it("tell the problems of files and of variables together", async () => {
    const good = "application: { name: shop, trafficFlag: checkout }\nflags: { checkout: {} }\nalerts: []\n";
    await writeFile(join(directory.path, "shop.yaml"), good);
    expect(loadPoliciesInForce(directory.path, { CHECKOUT: "on" })).toMatchObject({ problems: [] });
    await writeFile(join(directory.path, "bad.yaml"), "application: {}\n");
    const { problems } = loadPoliciesInForce(directory.path, { CHECKOUT: "maybe" });
    expect(problems).toContainEqual(expect.stringContaining("bad.yaml:1:"));
    expect(problems.at(-1)).toMatch(/^CHECKOUT: "maybe" overrides nothing: .* flag checkout of shop, /);
  });
});
