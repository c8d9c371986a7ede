import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A rule for promtool to check. */
export interface CheckedRule {
  /** An alert's or a record's name. */
  readonly name: string;
  readonly kind: "alert" | "record";
  readonly expr: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly annotations: ReadonlyMap<string, string>;
}

export interface PromtoolComplaint {
  /** Which list of rules, and which rule of it; from 0. */
  readonly list: number;
  readonly rule: number;
  /** What of the rule is meant, when promtool says so. */
  readonly part: { readonly section: "labels" | "annotations"; readonly key: string } | "expr" | null;
  /** In the expression; both from 1. */
  readonly at: { readonly line: number; readonly column: number } | null;
  readonly message: string;
}

/** Milliseconds. */
const PATIENCE = 60_000;

/** Bytes. */
const MAX_OUTPUT = 64 * 1024 * 1024;

/** More would not fit into one command line everywhere. */
const FILES_AT_ONCE = 500;

/**
 * Lets promtool, when it is installed, check lists of rules.
 * @returns null when there is no promtool, or it gives no answer
 */
export async function checkWithPromtool(
  lists: readonly (readonly CheckedRule[])[],
  command = "promtool",
): Promise<PromtoolComplaint[] | null> {
  const directory = await mkdtemp(join(tmpdir(), "rollguard-lint-"));
  try {
    const complaints: PromtoolComplaint[] = [];
    for (let first = 0; first < lists.length; first += FILES_AT_ONCE) {
      const some = lists.slice(first, first + FILES_AT_ONCE);
      const files = some.map((_, index) => join(directory, `${first + index}.json`));
      await Promise.all(some.map((rules, index) => writeFile(files[index] ?? "", ruleFileOf(rules))));
      const output = await run(command, ["check", "rules", "--lint=none", ...files]);
      if (output === null) return null;
      complaints.push(...output.split("\n").flatMap(complaintsIn));
    }
    return complaints;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** JSON is YAML, and needs no quoting by hand. */
function ruleFileOf(rules: readonly CheckedRule[]): string {
  return JSON.stringify({
    groups: [
      {
        name: "rollguard",
        rules: rules.map(({ kind, name, expr, labels, annotations }) => ({
          [kind]: name,
          expr,
          ...(labels.size > 0 ? { labels: Object.fromEntries(labels) } : {}),
          ...(annotations.size > 0 ? { annotations: Object.fromEntries(annotations) } : {}),
        })),
      },
    ],
  });
}

function run(command: string, args: readonly string[]): Promise<string | null> {
  return new Promise((resolve) => {
    execFile(command, [...args], { timeout: PATIENCE, maxBuffer: MAX_OUTPUT }, (error, stdout, stderr) => {
      // It exits with 1 when it has found something; a text instead of a number means that it did not run.
      if (error !== null && typeof error.code !== "number") resolve(null);
      else resolve(`${stdout}\n${stderr}`);
    });
  });
}

/** `…/3.json: 2:17: group "rollguard", rule 2, "Name": could not parse expression: 1:1: parse error: …` */
const COMPLAINT =
  /(?:^|[\\/])(\d+)\.json: (?:\d+:\d+: )?group "rollguard", rule (\d+), "(?:[^"\\]|\\.)*": (.*)$/;
const IN_EXPRESSION = /^could not parse expression: (?:(\d+):(\d+): )?(?:parse error: )?(.*)$/;
const IN_TEXT = /^(label|annotation) "((?:[^"\\]|\\.)*)": (?:template: )?(?:[^ ]*?:\d+(?::\d+)?: )?(.*)$/;
const IN_NAME = /^invalid (label|annotation) name: (.*)$/;

function complaintsIn(line: string): PromtoolComplaint[] {
  const [, file, rule, said = ""] = COMPLAINT.exec(line) ?? [];
  if (file === undefined) return [];
  const place = { list: Number(file), rule: Number(rule) - 1 };
  const expression = IN_EXPRESSION.exec(said);
  if (expression !== null) {
    const [, row, column, message = ""] = expression;
    const at = row === undefined ? null : { line: Number(row), column: Number(column) };
    return [{ ...place, part: "expr", at, message }];
  }
  const [, kind, key, message = ""] = IN_TEXT.exec(said) ?? IN_NAME.exec(said) ?? [];
  if (key === undefined) return [{ ...place, part: null, at: null, message: said }];
  const section = kind === "label" ? "labels" : "annotations";
  return [{ ...place, part: { section, key }, at: null, message: message === "" ? said : message }];
}
