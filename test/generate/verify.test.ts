import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { run } from "../cli/run.ts";
import { policyText } from "../support/generated.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/process.ts";

let directory: TemporaryDirectory;

beforeAll(async () => {
  directory = await temporaryDirectory("verify");
});

afterAll(() => directory?.remove());

/** Verifies a policy in which `¦` stands before each place that is to be named. */
async function verify(sections: string, environment: NodeJS.ProcessEnv = process.env) {
  const text = policyText(sections);
  const places = text
    .split("\n")
    .flatMap((line, index) => (line.includes("¦") ? [`${index + 1}:${line.indexOf("¦") + 1}`] : []));
  const file = join(directory.path, "shop.yaml");
  await writeFile(file, text.replaceAll("¦", ""));
  const ran = await run(["generate", file, "--out", directory.path, "--check", "--verify"], { environment });
  const found = ran.stderr.split("\n").filter((line) => line.startsWith(file));
  return { ...ran, places, found: found.map((line) => line.slice(file.length + 1)) };
}

/** Each problem at its mark, and what it says. */
async function expectProblems(sections: string, messages: readonly string[]): Promise<void> {
  const { found, places, code } = await verify(sections);
  expect(code).toBe(1);
  expect(found).toEqual(
    messages.map((message, index) => expect.stringMatching(new RegExp(`^${places[index]}: .*${message}`))),
  );
}

describe("what promtool refuses is told at the line that somebody wrote", () => {
  it("an expression of an alert, of a metric, and in a block", () =>
    expectProblems(
      `metrics:
  - record: a
    expr: ¦sum(a{b=~"("})
    unit: count
alerts:
  - { alert: Fine, expr: a > 1 }
  - { alert: Bad, expr: ¦'a{b=~"("} > 1', rollback: stage }
  - alert: Block
    expr: ¦|
      a{b=~"("} > 1
  - alert: Limited
    expr: ¦a{b=~"("} > $limit
    limits: [{ traffic: 100, limit: 1 }]
`,
      Array(4).fill("error parsing regexp"),
    ));

  it("a template of an annotation or of a label", () =>
    expectProblems(
      `alerts:
  - alert: A
    expr: a > 1
    annotations:
      summary: ¦"{{ if $value }} without an end"
  - alert: B
    expr: a > 1
    labels:
      team: ¦"{{ $value | humanise }}"
`,
      ['annotation "summary"', 'label "team"'],
    ));

  it("tests that fail", async () => {
    const { code, found, places } = await verify(`metrics: [{ record: a, expr: "1", unit: count }]
alerts:
  - ¦{ alert: A, expr: a < 2 }
`);
    expect(code).toBe(1);
    expect(found).toContain(`${places[0]}: promtool: the test "A is quiet at 2" fails at 1m`);
    expect(found.every((line) => line.startsWith(`${places[0]}: `))).toBe(true);
  });

  it("a target", () =>
    expectProblems('scrape: { targets: [{ job: a, address: ¦"http://a:80" }] }\n', [
      "is not a valid hostname",
    ]));
});

describe("what amtool refuses is told at the line that somebody wrote", () => {
  it("an address of Rollguard", async () => {
    const { found, places } = await verify('scrape: { targets: [{ job: rollguard, address: ¦"a b:80" }] }\n');
    const amtool = found.filter((line) => line.includes("amtool: "));
    expect(amtool).toEqual([expect.stringMatching(new RegExp(`^${places[0]}: amtool: .*invalid character`))]);
  });
});

describe("verification", () => {
  it("says what it could not do where a tool is not installed", async () => {
    const { found, stderr } = await verify("alerts: [{ alert: A, expr: 'a{b=~\"(\"}' }]\n", {
      PATH: directory.path,
    });
    expect(found).toEqual([]);
    expect(stderr).toContain("promtool is not installed: it has not checked the rules\n");
    expect(stderr).toContain("amtool is not installed: it has not checked the routes\n");
  });

  it("is content with good policies, and writes them", async () => {
    const file = join(directory.path, "good.yaml");
    await writeFile(file, policyText("alerts: [{ alert: A, expr: a > 1 }]\n"));
    const ran = await run(["generate", file, "--out", directory.path, "--verify"], {
      environment: process.env,
    });
    expect(ran).toMatchObject({ code: 0, stderr: "", stdout: expect.stringContaining("wrote rules/") });
  });
});
