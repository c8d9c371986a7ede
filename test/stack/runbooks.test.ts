import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { startProcess, temporaryDirectory } from "../support/process.ts";

interface RuleFile {
  readonly groups: readonly {
    readonly rules: readonly {
      readonly alert?: string;
      readonly annotations?: Readonly<Record<string, string>>;
    }[];
  }[];
}

const DIRECTORY = "docs/runbooks";
const SECTIONS = [
  "What it means",
  "What Rollguard has done",
  "What to look at",
  "What to do",
  "How to undo",
] as const;

const { groups } = parse(readFileSync("rules/generated/genesis.rules.yml", "utf8")) as RuleFile;
const alerts = groups.flatMap(({ rules }) => rules.filter(({ alert }) => alert !== undefined));
const names = alerts.map(({ alert }) => alert as string);

function runbook(name: string): string {
  return readFileSync(join(DIRECTORY, `${name}.md`), "utf8");
}

test("there are alerts to write about", () => {
  expect(names.length).toBeGreaterThan(20);
});

describe.each(names)("%s", (name) => {
  test("leads to its runbook", () => {
    const found = alerts.find(({ alert }) => alert === name);
    expect(found?.annotations?.runbook_url).toBe(`${DIRECTORY}/${name}.md`);
    expect(existsSync(`${DIRECTORY}/${name}.md`)).toBe(true);
  });

  test("is told in the same order as the others", () => {
    const text = runbook(name);
    expect(text.startsWith(`# ${name}\n`)).toBe(true);
    const sections = [...text.matchAll(/^## (.+)$/gm)].map(([, title]) => title);
    expect(sections).toEqual([...SECTIONS]);
  });

  test("has no link that leads nowhere", () => {
    for (const [, target = ""] of runbook(name).matchAll(/\]\(([^)#]+)[^)]*\)/g)) {
      expect([target, existsSync(join(DIRECTORY, target))]).toEqual([target, true]);
    }
  });
});

test("no runbook is about an alert that is not there", () => {
  const written = readdirSync(DIRECTORY).filter((file) => file !== "README.md");
  expect(written.sort()).toEqual(names.map((name) => `${name}.md`).sort());
});

test("Prometheus takes every query in them", async () => {
  const queries = names.flatMap((name) =>
    [...runbook(name).matchAll(/```promql\n([\s\S]*?)\n```/g)].flatMap(([, block = ""]) => block.split("\n")),
  );
  expect(queries.length).toBeGreaterThan(names.length);
  const rules = [...new Set(queries)].map((expr, index) => ({ record: `query_${index}`, expr }));
  const directory = await temporaryDirectory("runbooks");
  try {
    const file = join(directory.path, "queries.json");
    writeFileSync(file, JSON.stringify({ groups: [{ name: "runbooks", rules }] }));
    const args = ["check", "rules", file];
    const promtool = await startProcess({ name: "promtool", command: "promtool", args });
    expect([await promtool.ended, promtool.report()]).toEqual([
      { code: 0, signal: null },
      expect.stringContaining("SUCCESS"),
    ]);
  } finally {
    await directory.remove();
  }
});
