import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { parseDocument } from "yaml";
import type { FlagSetting } from "../../src/domain/flag.ts";
import type { Policy } from "../../src/domain/policy.ts";
import { Stopper } from "../support/stopper.ts";
import { type CliServer, policiesFrom, startCliServer } from "./cli-server.ts";

/** As the last stage of the plan `hybrid` leaves Genesis, and aatc on top of that, which no plan turns on. */
const EVERYTHING: Readonly<Record<string, number>> = {
  phase_4_deployment: 100,
  aatc_system_enabled: 100,
  darwin_integration_enabled: 50,
  a2a_integration_enabled: 50,
  waltzrl_safety_enabled: 25,
  sglang_router_enabled: 100,
  casebank_memory_enabled: 100,
  vllm_caching_enabled: 100,
  openenv_enabled: 100,
  longcontext_profiles_enabled: 100,
};
const PHASE_6 = ["sglang_router", "casebank_memory", "vllm_caching", "openenv", "longcontext_profiles"];
const because = ["--reason", "as the playbook says"];

type Line = readonly [flag: string, before: string, after: string];

const running = new Stopper();
let policy: Policy;
let server: CliServer;

beforeAll(async () => {
  const text = await readFile(new URL("../../rules/genesis.yaml", import.meta.url), "utf8");
  const document = parseDocument(text);
  for (const [key, percentage] of Object.entries(EVERYTHING)) {
    document.setIn(["flags", key, "enabled"], true);
    document.setIn(["flags", key, "rolloutPercentage"], percentage);
  }
  const policies = await policiesFrom(document.toString());
  [policy] = policies as [Policy];
  server = await running.start(startCliServer({ policies }));
});

afterAll(() => running.stop());

const withPhase6 = (...others: readonly Line[]): Line[] => [
  ...others,
  ...PHASE_6.map((name): Line => [`${name}_enabled`, "100 %", "off"]),
];

/** In the policy's order, as the command line says it. */
function linesOf(stdout: string): Line[] {
  return [...stdout.matchAll(/^ {4}(\w+) +(off|[\d.]+ %) -> (off|[\d.]+ %)$/gm)].map(
    ([, flag, before, after]) => [String(flag), String(before), String(after)],
  );
}

async function settings(): Promise<Map<string, FlagSetting>> {
  const { flags } = await server.app.store.read("genesis");
  return new Map(
    [...policy.flags.values()].map(({ key, enabled, rolloutPercentage }) => {
      const now = flags.get(key) ?? { enabled, rolloutPercentage };
      return [key, { enabled: now.enabled, rolloutPercentage: now.rolloutPercentage }];
    }),
  );
}

const shown = ({ enabled, rolloutPercentage }: FlagSetting): string =>
  enabled ? `${rolloutPercentage} %` : "off";

/** One incident that calls for more and more, each first as a dry run: what that shows is what is done then. */
describe("the seeds' playbook, on the shipped policy", () => {
  it.each<readonly [string, readonly string[], number, readonly Line[]]>([
    [
      "1, partial: one flag, and nothing else",
      ["--flag", "vllm_caching_enabled"],
      100,
      [["vllm_caching_enabled", "100 %", "off"]],
    ],
    [
      "2, a phase: what is left of it, and traffic is capped",
      ["--phase", "6"],
      30,
      withPhase6(["phase_4_deployment", "100 %", "30 %"]).filter(([flag]) => !flag.startsWith("vllm")),
    ],
    [
      "3, full: everything new, for everybody",
      ["--emergency", "--shutdown", "--yes"],
      0,
      [
        ["aatc_system_enabled", "100 %", "off"],
        ["phase_4_deployment", "30 %", "off"],
        ["darwin_integration_enabled", "50 %", "off"],
        ["a2a_integration_enabled", "50 %", "off"],
        ["waltzrl_safety_enabled", "25 %", "off"],
        ["emergency_shutdown", "off", "100 %"],
      ],
    ],
  ])("%s", async (_name, kind, traffic, lines) => {
    const before = await settings();
    const { revision } = await server.app.store.read("genesis");
    const tried = await server.run(["rollback", ...kind, "--dry-run"]);
    expect(tried).toMatchObject({ code: 0, stderr: "" });
    expect(tried.stdout).toMatch(/^genesis: dry run, nothing changed: /);
    expect(linesOf(tried.stdout)).toEqual(lines);
    expect(await settings()).toEqual(before);
    expect(await server.app.store.read("genesis")).toMatchObject({ revision });

    const done = await server.run(["rollback", ...kind, ...because]);
    expect(done).toMatchObject({ code: 0, stderr: "" });
    expect(linesOf(done.stdout)).toEqual(lines);
    expect(done.stdout).toContain(`  ${traffic} % of traffic, revision ${revision + 1}\n`);
    const after = await settings();
    const changed = [...before].flatMap(([key, was]): Line[] => {
      const is = after.get(key) as FlagSetting;
      return shown(was) === shown(is) ? [] : [[key, shown(was), shown(is)]];
    });
    expect(changed).toEqual(lines);
  });

  it("is one rollback in the end, and what is protected was left alone", async () => {
    const { rollback, past } = await server.app.store.read("genesis");
    expect(rollback).toMatchObject({ tier: "emergency", trigger: "operator", status: "verifying" });
    expect(past).toEqual([]);
    for (const [key, setting] of await settings())
      if (policy.flags.get(key)?.protected)
        expect(setting).toEqual({ enabled: true, rolloutPercentage: 100 });
  });
});
