import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { startProcess, temporaryDirectory } from "../support/process.ts";

/** Far more than the demo takes, for a machine with other things to do. */
const PATIENCE = 120_000;

/** What the story must tell, in this order. */
const BEFORE = ["Before:", "nobody met the new system"];
const LOOP = [
  "A fault",
  "ErrorRateSpike is pending",
  "FAILED",
  "ErrorRateSpike fires",
  "is answered 200",
  'of the tier "safe-state"',
  "traffic 60 -> 0 %",
  "sglang_router_enabled is false",
  "none failed",
];
const REAL = [
  ...BEFORE,
  "$ rollguard deploy --plan demo",
  "stage 1 is promoted",
  "now 60 % of the users",
  ...LOOP,
  "verified: it asked Prometheus three times",
  "ErrorRateSpike has resolved",
  "has ended",
  "rollguard retry --acknowledge",
  "The loop is closed",
];
const BUILT_IN = [
  "Prometheus and Alertmanager are not both installed",
  ...BEFORE,
  "$ rollguard flags restore raised.json",
  ...LOOP,
  "unverified: nobody can be asked",
  "ErrorRateSpike has resolved",
  "$ rollguard acknowledge rb-",
  "has ended",
  "rollguard flags restore raised.json",
  "The loop is closed",
];

test("with Prometheus and Alertmanager the loop closes and is verified", () => tells(REAL), PATIENCE);

test(
  "without them it closes too, and nothing pretends to be verified",
  async () => {
    const empty = await temporaryDirectory("no-servers");
    const output = await tells(BUILT_IN, { PATH: empty.path }).finally(() => empty.remove());
    expect(output).not.toContain("Rollguard     verified");
  },
  PATIENCE,
);

test("a fault that is unknown is refused with help", async () => {
  const { code, output } = await demo(["--fault", "boredom"]);
  expect([code, output]).toEqual([2, expect.stringContaining("usage: npm run demo")]);
});

/** Runs the demo to its end, and returns what it has told. */
async function tells(milestones: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const { code, output } = await demo([], env);
  let from = 0;
  const missed = milestones.filter((milestone) => {
    const found = output.indexOf(milestone, from);
    from = found < 0 ? from : found + milestone.length;
    return found < 0;
  });
  // With the output in the same comparison a failure shows how far the story has got.
  expect({ code, missed, output }).toEqual({ code: 0, missed: [], output });
  // Colours are for terminals.
  expect(output).not.toContain("\u001b[");
  return output;
}

/** Runs what `npm run demo` runs. */
async function demo(
  more: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number | null; output: string }> {
  const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as { scripts: { demo: string } };
  const [, ...args] = scripts.demo.split(" ");
  const child = await startProcess({
    name: "demo",
    command: process.execPath,
    args: [...args, ...more],
    env: { NODE_OPTIONS: undefined, ...env },
  });
  const { code } = await child.ended;
  return { code, output: child.output() };
}
