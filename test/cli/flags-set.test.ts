import { afterAll, beforeEach, describe, expect, it } from "@jest/globals";
import { withOverrides } from "../../src/domain/override.ts";
import { Stopper } from "../support/stopper.ts";
import { type CliServer, type CliServerOptions, policiesFrom, startCliServer } from "./cli-server.ts";
import { alertTo } from "./rollback-shop.ts";
import { ROLLOUT_SHOP } from "./rollout-shop.ts";

const running = new Stopper();
afterAll(() => running.stop());

let server: CliServer;

async function serve(options: Partial<CliServerOptions> = {}): Promise<CliServer> {
  const policies = await policiesFrom(ROLLOUT_SHOP);
  return await running.start(startCliServer({ policies, ...options }));
}

beforeEach(async () => {
  server = await serve();
});

const set = (...argv: string[]): string[] => ["flags", "set", ...argv, "--reason", "canary"];

describe("flags set", () => {
  it("shows a flag before and after, and signs for it", async () => {
    expect(await server.run(set("cache", "--percentage", "12.5"))).toMatchObject({
      code: 0,
      stderr: "",
      stdout: `\
shop: this changes 1 flag
  cache  off -> 12.5 %
shop: cache set to 12.5 % by ada: canary
  0 % of traffic, revision 1
`,
    });
    expect((await server.run(["events"])).stdout).toContain("cache set to 12.5 % by ada: canary");
  });

  it("turns off and on again, and keeps the percentage meanwhile", async () => {
    await server.run(set("cache", "--percentage", "30"));
    expect((await server.run(set("cache", "--off"))).stdout).toContain("  cache  30 % -> off (30 %)\n");
    expect((await server.run(set("cache", "--on"))).stdout).toContain("  cache  off (30 %) -> 30 %\n");
    expect((await server.run(set("cache", "--on", "--percentage", "0"))).stdout).toContain(
      "  cache  30 % -> on at 0 %\n",
    );
    expect((await server.run(set("cache", "--off", "--percentage", "0"))).stdout).toContain("-> off\n");
    expect((await server.run(set("cache", "--on"))).stdout).toContain("  cache  off -> 100 %\n");
    const again = await server.run(set("cache", "--on"));
    expect(again).toMatchObject({ code: 0 });
    expect(again.stdout).toContain("shop: this changes no flags\nshop: cache stands so already\n");
  });

  it("tries it, for no reason at all", async () => {
    const dry = ["flags", "set", "cache", "--on", "--dry-run"];
    expect(await server.run(dry)).toMatchObject({
      code: 0,
      stdout: `\
shop: dry run, nothing changed. It would be: cache set to 100 % by ada: dry run
  1 flag:
    cache  off -> 100 %
`,
    });
    expect(JSON.parse((await server.run([...dry, "--json"])).stdout)).toMatchObject({ reason: "dry_run" });
    expect((await server.run(["events"])).stdout).not.toContain("cache");
  });

  it("answers as the server does", async () => {
    const { code, stdout } = await server.run([...set("cache", "--on"), "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ key: "cache", exposure: 100, revision: 1, updatedBy: "ada" });
  });

  it("says what an acknowledgement is needed for", async () => {
    expect(await server.run(set("audit", "--off"))).toMatchObject({
      code: 1,
      stdout: "",
      stderr:
        "rollguard flags: audit: protected, so that nothing but an operator lowers it: set it by itself, and acknowledge that: add --acknowledge\n",
    });
    expect(await server.run([...set("audit", "--off"), "--acknowledge"])).toMatchObject({ code: 0 });
  });

  it("is refused by a rollout and by a rollback, and pauses a rollout that it lowers", async () => {
    await server.run(["deploy"]);
    const refused = await server.run(set("checkout", "--on", "--percentage", "11"));
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toMatch(
      / is running and raises checkout itself, behind its gates: abort it first\n$/,
    );
    const lowered = await server.run(set("checkout", "--percentage", "5"));
    expect(lowered.stdout).toMatch(/rollout ro-\S+ is paused, since it is not where its stage says\n/);
    expect(lowered.stdout).toContain('stage 1 of 3 "A few": paused');
    await alertTo(server, "ErrorsSpike");
    const open = await server.run([...set("cache", "--on"), "--dry-run"]);
    expect(open).toMatchObject({ code: 1, stderr: "" });
    expect(open.stdout).toMatch(/^shop: it would be refused: rollback rb-\S+ is open: nothing is raised/);
  });

  it("is only for the revision that was seen", async () => {
    expect(await server.run([...set("cache", "--on"), "--revision", "3"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("at revision 0, not 3"),
    });
    expect(await server.run([...set("cache", "--on"), "--revision", "0"])).toMatchObject({ code: 0 });
  });

  it("warns of an override that outdoes it", async () => {
    const policies = (await policiesFrom(ROLLOUT_SHOP)).map((policy) =>
      withOverrides(policy, new Map([["cache", false]])),
    );
    const { stdout } = await (await serve({ policies })).run(set("cache", "--on"));
    expect(stdout).toContain("  cache  off -> 100 %  override off (CACHE)\n");
    expect(stdout).toContain(
      "  WARNING: the environment override keeps cache off for everybody: unset CACHE",
    );
  });

  it("asks in production before it raises, and not before it lowers", async () => {
    const production = await serve({ production: true });
    const elsewhere = await production.run(set("cache", "--on"));
    expect(elsewhere).toMatchObject({ code: 2, stdout: "" });
    expect(elsewhere.stderr).toContain("set cache of shop: this is production");
    const questions: string[] = [];
    const answering = (answer: string) => ({
      terminal: { columns: () => 80, rows: () => 24 },
      ask: async (question: string): Promise<string> => {
        questions.push(question);
        return answer;
      },
    });
    const no = await production.run(set("cache", "--on"), answering("no"));
    expect(no).toMatchObject({ code: 1, stderr: "rollguard flags: not confirmed: nothing was done\n" });
    expect(no.stdout).toMatch(/cache +off -> 100 %/);
    expect(await production.run(set("cache", "--on"), answering("yes"))).toMatchObject({ code: 0 });
    expect(questions).toEqual(Array(2).fill("Type yes to set cache of shop (production): "));
    expect(await production.run(set("cache", "--off"))).toMatchObject({ code: 0 });
    expect(await production.run([...set("cache", "--on"), "--yes"])).toMatchObject({ code: 0 });
    expect((await production.run([...set("cache", "--percentage", "3"), "--json"])).code).toBe(0);
  });

  it.each([
    [["set"], "set: which flag?"],
    [["set", "cache", "--reason", "x"], "set: say --on, --off or --percentage N; nothing was sent"],
    [["set", "cache", "--on", "--off", "--reason", "x"], "say --on or --off, not both"],
    [["set", "cache", "--on"], "set needs --reason TEXT, for the ledger; nothing was sent"],
    [["set", "cache", "--percentage", "few", "--reason", "x"], '--percentage: "few" is no number'],
    [["set", "gone", "--on", "--reason", "x"], '"shop" has no flag "gone"; see flags list'],
    [["set", "cache", "--on", "--format", "flagd"], "set takes no --format"],
    [["get", "cache", "--on"], "get takes no --on"],
  ])("is called wrongly with %j", async (argv, told) => {
    const { code, stdout, stderr } = await server.run(["flags", ...argv]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(told);
  });

  it("leaves it to the server what a percentage may be", async () => {
    expect(await server.run(set("cache", "--percentage", "101"))).toMatchObject({
      code: 1,
      stderr: "rollguard flags: rolloutPercentage: expected 0 to 100\n",
    });
  });
});
