import { afterAll, beforeEach, describe, expect, it } from "@jest/globals";
import { wouldRollBackLines } from "../../src/cli/text/rollback-text.ts";
import { PLAIN } from "../../src/cli/text/style.ts";
import type { Policy } from "../../src/domain/policy.ts";
import { Stopper } from "../support/stopper.ts";
import { type CliServer, policiesFrom, startCliServer } from "./cli-server.ts";
import { check, ROLLBACK_SHOP } from "./rollback-shop.ts";
import { BANK } from "./shop.ts";

const running = new Stopper();
afterAll(() => running.stop());

let server: CliServer;

beforeEach(async () => {
  server = await running.start(startCliServer({ policies: await policiesFrom(ROLLBACK_SHOP) }));
});

const steady = (text: string): string => text.replaceAll(/rb-(\d+)-\w+/g, "rb-$1-x");
const ON = { enabled: true, rolloutPercentage: 100 };
const because = ["--reason", "bad cache"];

function answering(answer: string): {
  terminal: { columns(): number; rows(): number };
  ask: (question: string) => Promise<string>;
  questions: string[];
  environment: Record<string, string>;
} {
  const questions: string[] = [];
  const ask = async (question: string): Promise<string> => {
    questions.push(question);
    return answer;
  };
  return { terminal: { columns: () => 120, rows: () => 40 }, ask, questions, environment: { NO_COLOR: "1" } };
}

describe("the seeds' playbook", () => {
  it("1: one flag, with what is below it", async () => {
    const { code, stdout, stderr } = await server.run(["rollback", "--flag", "cache", ...because]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(steady(stdout)).toBe(`\
shop: rolled back (flag) by ada: bad cache
  100 % of traffic, revision 1
  2 flags:
    cache       50 % -> off
    warm_cache  100 % -> off
  rollback rb-1-x is being verified, and the next tier follows where it has not helped
  -> see how it goes: rollguard status --watch, or rollguard rollbacks show rb-1-x
  -> when the cause is mended: rollguard acknowledge rb-1-x --reason TEXT; until then nothing of it is raised
`);
    // Two requests: whose it is, and the rollback.
    expect(server.requests).toEqual(["GET /api/v1/applications", "POST /api/v1/applications/shop/rollbacks"]);
  });

  it("2: a phase", async () => {
    const { stdout } = await server.run(["rollback", "--phase", "6", ...because]);
    expect(steady(stdout)).toMatch(/^shop: rolled back \(phase\) by ada: bad cache\n {2}30 % of traffic/);
    expect(stdout).toContain("checkout    100 % -> 30 %\n");
  });

  it("3: everything, in an emergency, and everything off for everybody", async () => {
    const asked = answering("yes");
    const argv = ["rollback", "--emergency", "--shutdown", ...because];
    const { code, stdout } = await server.run(argv, asked);
    expect(code).toBe(0);
    expect(asked.questions).toEqual(["Type yes to shut down shop for everybody: "]);
    expect(stdout).toContain(
      "shop: rolled back (emergency) by ada: bad cache\n  0 % of traffic, revision 1\n",
    );
    expect(stdout).toContain("panic     off -> 100 %\n");
    expect(stdout).toContain("the kill switch stays on until rollguard shutdown off --reason TEXT, after");
  });
});

describe("rollback", () => {
  it("asks nothing at a terminal either, in production either", async () => {
    const policies = await policiesFrom(ROLLBACK_SHOP);
    const production = await running.start(startCliServer({ policies, production: true }));
    const asked = answering("no");
    for (const kind of [["--stage"], ["--safe-state"], ["--emergency"]])
      expect(await production.run(["rollback", ...kind, ...because], asked)).toMatchObject({ code: 0 });
    expect(asked.questions).toEqual([]);
  });

  it("joins the open one, and makes it more severe", async () => {
    await server.run(["rollback", "--flag", "warm_cache", "--flag", "cache", ...because]);
    const { stdout } = await server.run(["rollback", "--safe-state", "--reason", "worse"]);
    expect(steady(stdout)).toMatch(
      /^shop: the open rollback goes on as safe-state by ada: worse\n {2}0 % of traffic, revision 2\n {2}1 flag:\n {4}checkout {2}100 % -> off\n {2}rollback rb-1-x /,
    );
  });

  it("joins the open one though nothing more is left", async () => {
    await server.run(["rollback", "--safe-state", ...because]);
    const { stdout } = await server.run(["rollback", "--emergency", "--reason", "worse"]);
    expect(stdout).toMatch(
      /as emergency by ada: worse\n.*\n {2}nothing more was left to turn down\n.* and people are called where/,
    );
  });

  it("says so when nothing is left to turn down", async () => {
    const [policy] = await policiesFrom(ROLLBACK_SHOP);
    await server.run(["rollback", "--safe-state", ...because]);
    await check(server, policy as Policy, ["good", "good", "good"]);
    const tried = await server.run(["rollback", "--safe-state", "--dry-run"]);
    expect(tried.stdout).toMatch(
      /^shop: dry run, nothing changed: nothing is left to turn down \(safe-state\); it would begin all the same/,
    );
    const { stdout } = await server.run(["rollback", "--safe-state", ...because]);
    expect(steady(stdout)).toMatch(
      /^shop: nothing was left to turn down \(safe-state\) by ada: bad cache\n.*\n {2}rollback rb-3-x is being/,
    );
  });

  it("shows with --dry-run each flag and the traffic before and after, and needs no reason for that", async () => {
    const { code, stdout } = await server.run(["rollback", "--safe-state", "--dry-run"]);
    expect(code).toBe(0);
    expect(stdout.replace(/^ {2}traffic .*\n/m, "")).toBe(`\
shop: dry run, nothing changed: it would roll back (safe-state)
  2 flags:
    checkout  100 % -> off
    cache     50 % -> off
`);
    const status = await server.run(["status"]);
    expect(status.stdout).toContain("100 % of traffic, revision 0");
    const json = await server.run(["rollback", "--stage", "--dry-run", "--json"]);
    expect(JSON.parse(json.stdout)).toMatchObject({ reason: "dry_run", would: { reason: "rolled_back" } });
  });

  it("shows the traffic before and after where the server tells it", () => {
    const tried = {
      application: "shop",
      would: { reason: "escalated" as const, detail: "by ada" },
      flags: [],
    };
    const change = { flag: "checkout", before: ON, after: { enabled: true, rolloutPercentage: 30 } };
    const answer = { ...tried, flags: [change], traffic: { before: 100, after: 30 } };
    expect(wouldRollBackLines(answer, "phase", PLAIN)).toEqual([
      "shop: dry run, nothing changed: it would join the open rollback (phase)",
      "  traffic 100 -> 30 %",
      "  1 flag:",
      "    checkout  100 % -> 30 %",
    ]);
  });

  it("is refused for what does not exist, changing nothing", async () => {
    const unknown = await server.run(["rollback", "--flag", "cash", ...because]);
    expect(unknown).toMatchObject({
      code: 1,
      stdout: "",
      stderr:
        'rollguard rollback: the policy has no flag "cash"; rollguard flags list has them all; nothing was turned down\n',
    });
    expect((await server.run(["rollback", "--phase", "9", ...because])).stderr).toContain("is in phase 9");
    expect((await server.run(["rollback", "--flag", "audit", ...because])).stderr).toContain(
      "protected flags",
    );
    const dry = await server.run(["rollback", "--flag", "cash", "--dry-run"]);
    expect(dry).toMatchObject({ code: 1, stdout: expect.stringContaining("shop: it would be refused: ") });
    const long = await server.run(["rollback", "--stage", "--reason", "x".repeat(1_001)]);
    expect(long).toMatchObject({ code: 1, stderr: expect.stringContaining("at most 1000 characters") });
    expect((await server.run(["rollback", "--stage", "--revision", "7", ...because])).stderr).toMatch(
      /at revision 0, not 7 any more/,
    );
    expect((await server.run(["status"])).stdout).toContain("revision 0");
  });

  it.each([
    [[], "say how much: --flag KEY, --stage, --phase N, --safe-state or --emergency; nothing was sent"],
    [["--stage", "--phase", "6"], "say one of --flag KEY, "],
    [["--phase", "six"], "--phase: expected a whole number from 0"],
    [["--safe-state", "--shutdown"], "--shutdown goes with --emergency only; nothing was sent"],
    [["--emergency", "--shutdown"], "there is no terminal to ask at: say --yes; nothing was sent"],
  ])("called with %j does nothing", async (argv, told) => {
    const ran = await server.run(["rollback", ...argv, ...because]);
    expect(ran).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining(told) });
    expect(server.requests.filter((request) => request.startsWith("POST"))).toEqual([]);
  });

  it("needs a reason, and a yes that is one", async () => {
    for (const reason of [[], ["--reason", " "]])
      expect(await server.run(["rollback", "--stage", ...reason])).toMatchObject({
        code: 2,
        stderr: expect.stringContaining("a rollback needs --reason TEXT"),
      });
    const unsure = await server.run(["rollback", "--emergency", "--shutdown", ...because], answering("y"));
    expect(unsure).toMatchObject({
      code: 1,
      stderr: "rollguard rollback: not confirmed: nothing was done\n",
    });
    const yes = await server.run(["rollback", "--emergency", "--shutdown", "--yes", "--json", ...because]);
    expect(JSON.parse(yes.stdout)).toMatchObject({ reason: "rolled_back", rollback: { tier: "emergency" } });
  });

  it("names the application again in what to do next, where there are several", async () => {
    const policies = await policiesFrom(ROLLBACK_SHOP, BANK);
    const two = await running.start(startCliServer({ policies }));
    expect(await two.run(["rollback", "--stage", ...because])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("say which with --application: shop, bank"),
    });
    two.requests.length = 0;
    const { stdout } = await two.run(["rollback", "--stage", "--application", "bank", ...because]);
    expect(steady(stdout)).toContain("rollguard acknowledge rb-1-x --reason TEXT --application bank");
    expect(two.requests).toEqual(["POST /api/v1/applications/bank/rollbacks"]);
    expect(await two.run(["rollback", "--stage", "--application", "pub", ...because])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("pub"),
    });
  });
});

describe("the kill switch", () => {
  it("goes on and off, each with a yes", async () => {
    const no = answering("no");
    expect(await server.run(["shutdown", "on", ...because], no)).toMatchObject({ code: 1, stdout: "" });
    expect(no.questions).toEqual([
      "Type yes to turn the kill switch on: everything of shop off, for everybody: ",
    ]);
    expect(await server.run(["shutdown", "on", ...because])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("say --yes; nothing was sent"),
    });
    const tried = await server.run(["shutdown", "on", "--dry-run"]);
    expect(tried).toMatchObject({ code: 0, stdout: expect.stringContaining("panic  off -> 100 %") });
    const on = await server.run(["shutdown", "on", ...because], answering("yes"));
    expect(on.stdout).toBe(`\
shop: panic turned on by ada: bad cache
  0 % of traffic, revision 1
  1 flag:
    panic  off -> 100 %
  -> all that is not protected is off for everybody until rollguard shutdown off --reason TEXT
`);
    expect((await server.run(["shutdown", "on", "--yes", ...because])).stdout).toContain("is on already");
    const off = await server.run(["shutdown", "off", "--yes", "--reason", "mended"]);
    expect(off.stdout).toContain("100 % of traffic, revision 2\n");
    expect(off.stdout).toContain("every flag is what it was before; look with rollguard status\n");
  });

  it("stays on while a rollback is open", async () => {
    await server.run(["rollback", "--emergency", "--shutdown", "--yes", ...because]);
    const { code, stderr } = await server.run(["shutdown", "off", "--yes", "--reason", "mended"]);
    expect(code).toBe(1);
    expect(steady(stderr)).toBe(
      "rollguard shutdown: rollback rb-1-x is open: nothing is raised until it has ended\n",
    );
  });

  it.each([[], ["maybe"], ["on", "now"], ["on"]])("called with %j does nothing", async (...argv) => {
    expect(await server.run(["shutdown", ...argv, "--yes"])).toMatchObject({ code: 2, stdout: "" });
    expect(server.requests.filter((request) => request.startsWith("POST"))).toEqual([]);
  });
});
