import { describe, expect, it } from "@jest/globals";
import { runTool, toolVersion } from "../../../src/adapters/upstream-tools/run-tool.ts";
import { parseToolMessages } from "../../../src/adapters/upstream-tools/tool-messages.ts";

const ruleNumber = (group: string, index: number, ...part: string[]) => ({
  by: "number",
  group,
  index,
  part,
});

describe("what promtool and amtool write", () => {
  it("is about rules, by group and number", () => {
    const output = `Checking r.yml
  FAILED:
r.yml: 8:15: group "a", rule 2, "X": could not parse expression: 1:14: parse error: unexpected <op:>>
r.yml: group "a b", rule 3, "Y": invalid label name: a-b
r.yml: group "a", rule 4, "Z": annotation "summary": template: __alert_Z:1: undefined variable "$foo"
r.yml: group "a", rule 5, "Z": invalid annotation name: c-d
`;
    expect(parseToolMessages(output)).toEqual([
      {
        text: "could not parse expression: 1:14: parse error: unexpected <op:>>",
        rule: ruleNumber("a", 1, "expr"),
      },
      { text: "invalid label name: a-b", rule: ruleNumber("a b", 2, "labels", "a-b") },
      {
        text: 'annotation "summary": template: __alert_Z:1: undefined variable "$foo"',
        rule: ruleNumber("a", 3, "annotations", "summary"),
      },
      { text: "invalid annotation name: c-d", rule: ruleNumber("a", 4, "annotations", "c-d") },
    ]);
  });

  it("is about tests, by alert", () => {
    const output = `Unit Testing:  t.yml
  FAILED:
    name: A fires at 1,
    alertname: A, time: 2m,\u0020
        exp:[
            0:
              Labels:{alertname="A"}
            ],\u0020
        got:[]
`;
    expect(parseToolMessages(output)).toEqual([
      { text: 'the test "A fires at 1" fails at 2m', rule: { by: "alert", alert: "A" } },
    ]);
  });

  it("is about a whole file", () => {
    expect(parseToolMessages("Checking p.yml\n  FAILED: parsing YAML file p.yml: bad\n\n")).toEqual([
      { text: "parsing YAML file p.yml: bad", rule: null },
    ]);
    const amtool = `Checking 'am.yml'  FAILED: yaml: unmarshal errors:
  line 5: field foo not found
amtool: error: failed to validate 1 file(s)
`;
    expect(parseToolMessages(amtool)).toEqual([
      { text: "yaml: unmarshal errors:; line 5: field foo not found", rule: null },
    ]);
  });

  it("may be nothing", () => {
    expect(parseToolMessages("")).toEqual([{ text: "failed, and said nothing", rule: null }]);
  });
});

describe("a tool", () => {
  it("tells its version", async () => {
    expect(await toolVersion("promtool", process.env)).toMatch(/^\d+\.\d+/);
    expect(await toolVersion("amtool", process.env)).toMatch(/^\d+\.\d+/);
  });

  it("may not be installed", async () => {
    expect(await toolVersion("no-such-tool", process.env)).toBeUndefined();
    expect(await runTool("no-such-tool", [], process.env)).toBeUndefined();
  });

  it("says whether it succeeded", async () => {
    expect(await runTool("promtool", ["check", "rules", "/no/such/file"], process.env)).toMatchObject({
      succeeded: false,
    });
  });
});
