/** One complaint of promtool or amtool. */
export interface ToolMessage {
  readonly text: string;
  /** The rule that it is about, where it names one: by group and number, or by its alert's name. */
  readonly rule: RuleReference | null;
}

export type RuleReference =
  | {
      readonly by: "number";
      readonly group: string;
      /** From 0. */
      readonly index: number;
      readonly part: RulePart;
    }
  | { readonly by: "alert"; readonly alert: string };

/** Where in the rule: `expr`, or the name of a label or an annotation. */
export type RulePart = readonly ["expr"] | readonly ["labels" | "annotations", string];

const RULE = /group "([^"]+)", rule (\d+), "[^"]*": (.*)$/;
const PART = /^(annotation|label) "([^"]+)"|^invalid (label|annotation) name: (\S+)/;
const FAILED_TEST = /^\s*alertname: (.*), time: (\S+),\s*$/;
/** Of an alert that was to have fired, or not, in a while; which test it is promtool does not say. */
const FAILED_FIRING = /^\s*expr: ".*ALERTS\{alertname=\\"([^"\\]+)\\".*", time: (\S+),\s*$/;
const TEST_NAME = /^\s*name: (.*),\s*$/;
/** What says only that something is wrong, or that something else is right. */
const NOISE =
  /^\s*(?:Checking (?!.*FAILED: \S)|Unit Testing: |SUCCESS|FAILED:\s*$|Found:|- |amtool: error: failed to validate)/;

/** Reads what a failed run wrote. There is always at least one message. */
export function parseToolMessages(output: string): ToolMessage[] {
  const lines = output.split("\n").filter((line) => line.trim() !== "" && !NOISE.test(line));
  const messages: ToolMessage[] = [];
  let test = "";
  for (const line of lines) {
    const [, group, number, rest = ""] = RULE.exec(line) ?? [];
    const [, alert, time] = FAILED_TEST.exec(line) ?? [];
    const [, fired, firedAt] = FAILED_FIRING.exec(line) ?? [];
    test = TEST_NAME.exec(line)?.[1] ?? test;
    if (group !== undefined) {
      const index = Number(number) - 1;
      messages.push({ text: rest.trim(), rule: { by: "number", group, index, part: partOf(rest) } });
    } else if (alert !== undefined)
      messages.push({ text: `the test "${test}" fails at ${time}`, rule: { by: "alert", alert } });
    else if (fired !== undefined)
      messages.push({
        text: `a test of when it fires fails at ${firedAt}`,
        rule: { by: "alert", alert: fired },
      });
  }
  if (messages.length > 0) return messages;
  const text = lines.map((line) => line.trim().replace(/^.*?FAILED: /, "")).join("; ");
  return [{ text: text === "" ? "failed, and said nothing" : text, rule: null }];
}

function partOf(message: string): RulePart {
  const [, kind, name, badKind = kind, badName = name] = PART.exec(message) ?? [];
  if (badKind === undefined || badName === undefined) return ["expr"];
  return [badKind === "label" ? "labels" : "annotations", badName];
}
