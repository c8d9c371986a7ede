import { writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { MAX_YAML_BYTES } from "../../src/adapters/files/text-file.ts";
import { run } from "../cli/run.ts";
import { cpuSeconds } from "../support/cpu-seconds.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/process.ts";

let directory: TemporaryDirectory;

beforeAll(async () => {
  directory = await temporaryDirectory("bounds");
});

afterAll(() => directory.remove());

async function ran(text: string, ...argv: readonly string[]) {
  const file = `${directory.path}/file.yml`;
  await writeFile(file, text);
  const before = cpuSeconds();
  const { code, stdout, stderr } = await run([...argv, file]);
  return { file, code, stdout, stderr, seconds: cpuSeconds() - before };
}

const lint = (text: string) => ran(text, "lint", "--no-promtool");
const imported = (text: string) => ran(text, "import");

/** As much of it as may be read, or less. */
function fill(head: string, part: string | ((index: number) => string), most = MAX_YAML_BYTES): string {
  let text = head;
  for (let index = 0; ; index++) {
    const next = typeof part === "string" ? part : part(index);
    if (text.length + next.length > most) return text;
    text += next;
  }
}

const RULES = "groups:\n- name: x\n  rules:\n";
const RULE = `${RULES}  - alert: A\n    expr: a > 1\n`;

/** As files of rules usually are. */
const USUAL = (index: number) => `  # Why rule ${index} is here.
  - alert: KubePodCrashLooping${index}
    annotations:
      description: 'Pod {{ $labels.namespace }}/{{ $labels.pod }} ({{ $labels.container }}) waits: "CrashLoopBackOff".'
      runbook_url: https://runbooks.example.org/kubernetes/kubepodcrashlooping
      summary: Pod is crash looping.
    expr: |
      max_over_time(kube_pod_container_status_waiting_reason{reason="CrashLoopBackOff", job="ksm"}[5m]) >= ${index}
    for: 15m
    labels:
      severity: warning
`;

describe("a file of rules", () => {
  it("that is too large is refused with its size, the limit, and what to do", async () => {
    const text = `${"#".repeat(MAX_YAML_BYTES)}\n`;
    const told = `is too large: 1000001 bytes, and at most 1000000 are read`;
    const advice = "split it: rules may be in any number of files, and a policy is of one application";
    const [linted, refused] = [await lint(text), await imported(text)];
    expect(linted).toMatchObject({ code: 1, stdout: "" });
    expect(linted.stderr).toContain(`${linted.file}:1:1: error: ${told} [file/unreadable]`);
    expect(linted.stderr).toContain(advice);
    expect(refused).toMatchObject({
      code: 1,
      stdout: "",
      stderr: `rollguard import: ${refused.file} ${told}; ${advice}\n`,
    });
  });

  it("may be twice as large as those that are about", async () => {
    const text = fill(RULES, USUAL);
    const [linted, read] = [await lint(text), await imported(text)];
    expect(linted).toMatchObject({ code: 0, stdout: "no problems: 1 file\n" });
    expect(read).toMatchObject({ code: 0, stderr: expect.stringContaining("alerts: 2055") });
    expect(linted.seconds + read.seconds).toBeLessThan(20);
  });

  // Each of these once took the square of its size.
  const hard: Record<string, [command: typeof lint, text: string]> = {
    "of comments that allow something": [lint, fill("", "# rollguard: allow alerts/for because x\n")],
    "of directives": [lint, fill("", "%a\n", 500_000)],
    "of anchors and aliases": [
      lint,
      fill(RULES, (index) => `  - &r${index} { alert: A${index}, expr: b }\n  - *r${index}\n`),
    ],
    "of labels": [imported, fill(`${RULE}    labels:\n`, (index) => `      k${index}: v\n`)],
    "of labels that are none": [imported, fill(`${RULE}    labels:\n`, (index) => `      k-${index}: v\n`)],
    "of unknown keys": [imported, fill(RULE, (index) => `    k${index}: v\n`)],
  };
  for (const [what, [command, text]] of Object.entries(hard))
    it(`${what} is read in bounded time`, async () => {
      const { code, seconds } = await command(text);
      expect(code).toBeLessThan(2);
      expect(seconds).toBeLessThan(20);
    });

  const odd: Record<string, string> = {
    "of list items": fill("", "- a\n", 200_000),
    "of one line": "a".repeat(MAX_YAML_BYTES),
    "of brackets": "[".repeat(100_000),
    "of lists within lists": fill("", "- ", 100_000),
    "of one expression": fill(`${RULES}  - alert: A\n    expr: a`, " + 1"),
    "of comments": fill(RULE, "# x\n", 200_000),
    "of the same key": fill("", "? a\n", 200_000),
    "of merge keys": fill(
      `${RULE}    labels: &l { a: b }\n`,
      (index) => `  - { alert: A${index}, expr: a, labels: { <<: *l } }\n`,
      200_000,
    ),
    "that is a bomb of aliases": [..."bcdefghi"].reduce(
      (text, name, index) => `${text}${name}: &${name} [${`*${"abcdefgh"[index]}, `.repeat(10)}]\n`,
      "a: &a [x, x, x, x, x, x, x, x, x, x]\n",
    ),
  };
  for (const [what, text] of Object.entries(odd))
    it(`${what} is judged, and imported or refused, in bounded time`, async () => {
      for (const command of [lint, imported]) {
        const { code, stderr, seconds } = await command(text);
        expect(code).toBeLessThan(2);
        expect(stderr).not.toMatch(/^ {4}at /m);
        expect(seconds).toBeLessThan(20);
      }
    });

  it("with a key that is there twice is not imported", async () => {
    const { file, code, stderr } = await imported(`${RULE}    expr: b > 1\n`);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `rollguard import: ${file}:6:5: duplicate key "expr"; keep one of them\n`,
    });
  });

  it("with many mistakes is refused in few words", async () => {
    const { code, stderr } = await imported(fill("", "a: b: c\n", 10_000));
    expect(code).toBe(1);
    expect(stderr.split("\n").length).toBe(22);
    expect(stderr).toMatch(/\nand \d+ more\n$/);
  });
});
