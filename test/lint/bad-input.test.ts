import { describe, expect, it } from "@jest/globals";
import { lintFiles } from "../../src/config/lint/lint-files.ts";
import { GOOD, lintText, lintTexts, placesOf } from "./lint-text.ts";

describe("a file that is no good as a whole", () => {
  const deep = 5_000;
  const cases: Record<string, [text: string, place: string, message: RegExp]> = {
    "is empty": ["", "1:1 file/unreadable", /^is empty$/],
    "has comments only": ["# nothing\n", "1:1 file/unreadable", /^is empty$/],
    "is one word": ["hello\n", "1:1 policy/type", /^expected a mapping/],
    "has more than 1 MB": ["a".repeat(1_000_001), "1:1 file/unreadable", /^is too large: 1000001 bytes/],
    "is binary": ["\u0000\u0001\u0002", "1:1 policy/type", /^expected a mapping/],
    "is nested too deeply": [
      `${"[".repeat(deep)}${"]".repeat(deep)}`,
      "1:",
      /^nested too deeply|levels deep/,
    ],
    "is a bomb of aliases": [
      `a: &a [${"x, ".repeat(50)}]\n${["b", "c", "d", "e", "f"].map((name, index) => `${name}: &${name} [${`*${"abcdef"[index]}, `.repeat(50)}]\n`).join("")}`,
      "2:",
      /^aliases repeat more than 10000 values$/,
    ],
    "is a template": ["groups:\n  {{- if .Values.on }}\n  - name: x\n", "2:", /./],
  };
  for (const [what, [text, place, message]] of Object.entries(cases)) {
    it(`is told so when it ${what}`, async () => {
      const [first] = await lintText(text);
      expect(placesOf(first === undefined ? [] : [first])[0]).toContain(place);
      expect(first?.message).toMatch(message);
      expect(first?.severity).toBe("error");
    });
  }

  it("is told to be a template, which has to be rendered first", async () => {
    const [first] = await lintText("groups:\n  {{- if .Values.on }}\n");
    expect(first?.advice).toContain("render it first");
  });

  it("is told so when it is not there, or is no file", async () => {
    const { problems, files } = await lintFiles({
      paths: ["/nowhere/x.yml", "test/golden/lint/none"],
      promtool: true,
    });
    expect(problems.map(({ file, message }) => `${file} ${message}`)).toEqual([
      "/nowhere/x.yml does not exist",
      "test/golden/lint/none does not exist",
    ]);
    expect(files).toBe(0);
  });
});

describe("a file of a megabyte", () => {
  it("is judged in bounded time, and tells a thousand problems at most", async () => {
    const rule = "      - { alert: A, expr: a-b > , for: 5 minutes }\n";
    const problems = await lintText(`groups:\n  - name: x\n    rules:\n${rule.repeat(19_000)}`);
    expect(problems.length).toBe(1_001);
    expect(problems.at(-1)?.message).toContain("1000 of them");
  });
});

describe("the applications", () => {
  it("are each of one file", async () => {
    const { problems, policies } = await lintTexts({ "a.yaml": GOOD, "b.yaml": GOOD });
    expect(problems).toMatchObject([
      { file: "b.yaml", line: 1, column: 22, check: "policy/application", severity: "error" },
    ]);
    expect(policies).toEqual(["shop", "shop"]);
  });

  it("are each of a job of their own", async () => {
    const other = GOOD.replace("name: shop", "name: pub, job: shop");
    const { problems } = await lintTexts({ "a.yaml": GOOD, "b.yaml": other });
    expect(problems).toMatchObject([
      { file: "b.yaml", line: 1, column: 32, check: "policy/application", severity: "error" },
    ]);
  });
});

describe("a rule file", () => {
  it("may use merge keys, which Prometheus knows", async () => {
    const text = `groups:
  - name: x
    rules:
      - &base
        alert: A
        expr: a > 1
        labels: &labels { severity: warning }
        annotations: { summary: A, runbook_url: x }
      - <<: *base
        alert: B
        labels: { <<: *labels, team: web }
`;
    expect(await lintText(text)).toEqual([]);
  });

  it("is told what its shape lacks", async () => {
    const text =
      "groups:\n  - rules:\n      - expr: a\n      - alert: A\n        record: b\n        expr: a > 1\nother: 1\n";
    const shapes = (await lintText(text)).filter(({ check }) => check.startsWith("rules/"));
    expect(placesOf(shapes)).toEqual([
      "2:5 rules/shape",
      "3:9 rules/shape",
      "4:9 rules/shape",
      "7:1 rules/unknown-key",
    ]);
    expect(placesOf(await lintText("groups: 5\n"))).toEqual(["1:9 rules/shape"]);
  });
});

describe("the scrape configuration", () => {
  it("of a policy is told once", async () => {
    const problems = await lintText(`${GOOD}scrape: { interval: 1s }\n`);
    expect(placesOf(problems)).toEqual(["19:1 scrape/timeout"]);
  });
});
