import { afterAll, beforeEach, describe, expect, it } from "@jest/globals";
import type { Policy } from "../../src/domain/policy.ts";
import { Stopper } from "../support/stopper.ts";
import { type CliServer, NOW, policiesFrom, startCliServer } from "./cli-server.ts";
import { alertTo, check, ROLLBACK_SHOP, stored } from "./rollback-shop.ts";
import type { RunOptions } from "./run.ts";
import { BANK } from "./shop.ts";

const running = new Stopper();
afterAll(() => running.stop());

let server: CliServer;
let policy: Policy;

beforeEach(async () => {
  const policies = await policiesFrom(ROLLBACK_SHOP);
  policy = policies[0] as Policy;
  server = await running.start(startCliServer({ policies }));
});

/** Names are as long as their times are. */
const steady = (text: string): string =>
  text
    .replaceAll(/rb-(\d+)-\w+ */g, "rb-$1-x ")
    .replaceAll(/ROLLBACK +/g, "ROLLBACK ")
    .replaceAll(/ +$/gm, "");

/** The command line's clock so many seconds later. */
const later = (seconds: number): RunOptions => ({
  clock: { now: () => NOW + seconds * 1_000, sleep: async () => undefined },
});

async function idOfOpen(from = server): Promise<string> {
  const { stdout } = await from.run(["status", "--application", "shop", "--json"]);
  return JSON.parse(stdout).applications[0].rollback.id;
}

const goodChecks = (): Promise<void> => check(server, policy, ["good", "good", "good"]);
/** Longer than a rollback may take to help. */
const MANY = Array.from({ length: 20 }, () => "bad" as const);

describe("rollbacks", () => {
  it("are listed newest first", async () => {
    expect((await server.run(["rollbacks"])).stdout).toBe("shop: no rollback is remembered\n");
    await server.run(["rollback", "--flag", "cache", "--reason", "bad\u009b cache"]);
    await goodChecks();
    await alertTo(server, "ErrorsSpike");
    const { code, stdout, stderr } = await server.run(["rollbacks", "list"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(steady(stdout)).toBe(`\
ROLLBACK TIER        STATUS     BEGUN                 ENDED                 BECAUSE OF
rb-3-x safe-state  verifying  2026-11-20T03:00:00Z  open                  ErrorsSpike
rb-1-x flag        verified   2026-11-20T03:00:00Z  2026-11-20T03:00:55Z  ada: bad cache
`);
    const json = JSON.parse((await server.run(["rollbacks", "--json"])).stdout);
    expect(json).toMatchObject({ application: "shop", rollbacks: [{ open: true }, { open: false }] });
  });

  it("show every step with the seconds since the alert began, and how it is verified", async () => {
    await alertTo(server, "ErrorsSpike");
    await stored(server, policy, NOW + 12);
    await check(server, policy, ["good", "bad"]);
    const { code, stdout } = await server.run(["rollbacks", "show", await idOfOpen()], later(53));
    expect(code).toBe(0);
    expect(steady(stdout)).toBe(`\
shop: rollback rb-1-x : safe-state, verifying, open
  begun 2026-11-20T03:00:00Z because of ErrorsSpike
  being verified: 0 of 3 good checks; next check in 2s, at 2026-11-20T03:00:55Z
  last check 2026-11-20T03:00:50Z: bad: ErrorsSpike is still true
  -> it is judged by itself, and the next tier follows where it has not helped; nothing is to be done now

  what it took:
    detected   1.5s    from the alert's start until it came here
    decided    0s      until the flags were turned down
    committed  0.012s  until that was stored
    so far     54.5s   within the budget of 2m

  step by step:
    2026-11-20T02:59:58Z  +0s     firing        ErrorsSpike begins to fire
    2026-11-20T03:00:00Z  +1.5s   received      ErrorsSpike comes here
    2026-11-20T03:00:00Z  +1.5s   rolled_back   alertmanager: ErrorsSpike is firing (safe-state) rb-1-x ; traffic 100 -> 0 %; checkout 100 % -> off, cache 50 % -> off
    2026-11-20T03:00:00Z  +1.51s  stored        every client that asks gets the new flags
    2026-11-20T03:00:00Z  +1.51s  propagated    no clients connected
    2026-11-20T03:00:50Z  +51.5s  checked       bad: ErrorsSpike is still true
`);
    const json = await server.run(["rollbacks", "show", await idOfOpen(), "--json"]);
    expect(JSON.parse(json.stdout)).toMatchObject({ application: "shop", verification: { goodChecks: 0 } });
  });

  it("show what they took in all, once it is known", async () => {
    await server.run(["rollback", "--stage", "--reason", "slow"]);
    const id = await idOfOpen();
    await goodChecks();
    const { stdout } = await server.run(["rollbacks", "show", id], later(3_600));
    expect(steady(stdout)).toBe(`\
shop: rollback rb-1-x : stage, verified, ended 2026-11-20T03:00:55Z
  begun 2026-11-20T03:00:00Z because of ada: slow

  what it took:
    verified  55s  from turning down until it was known to have helped
    total     55s  within the budget of 2m

  step by step:
    2026-11-20T03:00:00Z  +0s   rolled_back   ada: slow (stage) rb-1-x ; traffic 100 -> 30 %; checkout 100 % -> 30 %, cache 50 % -> off
    2026-11-20T03:00:00Z  +0s   propagated    no clients connected
    2026-11-20T03:00:55Z  +55s  verified      clock: 3 good checks in a row (stage) ends rb-1-x
`);
  });

  it("show those that took too long, and those that were never verified", async () => {
    await alertTo(server, "ErrorsSpike");
    const id = await idOfOpen();
    expect((await server.run(["rollbacks", "show", id], later(121))).stdout).toContain(
      "so far    2m2s  over the budget of 2m",
    );
    await server.run(["acknowledge", id, "--force", "--reason", "a test"]);
    expect((await server.run(["rollbacks", "show", id])).stdout).toContain(
      "total     -     never known to have helped; the budget is 2m",
    );
  });

  it("tell of a storm of alerts in one line", async () => {
    await alertTo(server, "ErrorsSpike");
    for (const host of ["a", "b", "c", "d", "e"])
      await alertTo(server, "ErrorsSpike", "firing", { instance: host });
    const steps = async (): Promise<string[]> => {
      const { stdout } = await server.run(["rollbacks", "show", await idOfOpen()]);
      return steady(stdout.split("step by step:\n")[1] ?? "")
        .trimEnd()
        .split("\n");
    };
    expect(await steps()).toHaveLength(5);
    expect((await steps()).slice(3)).toEqual([
      expect.stringMatching(/\+1\.5s {2}absorbed {6}alertmanager: ErrorsSpike \(safe-state\) rb-1-x$/),
      expect.stringMatching(
        / {2}absorbed {6}and 4 more; the last one alertmanager: ErrorsSpike \(safe-state\) rb-1-x$/,
      ),
    ]);
    await alertTo(server, "ErrorsSpike", "resolved", { instance: "a" });
    await alertTo(server, "ErrorsSpike", "resolved", { instance: "b" });
    expect((await steps()).slice(5)).toEqual([
      expect.stringMatching(/ resolved .* rb-1-x$/),
      expect.stringMatching(/ resolved {6}alertmanager: ErrorsSpike/),
    ]);
  });

  it("are refused by a name that is none", async () => {
    const { code, stderr } = await server.run(["rollbacks", "show", "rb-9-none"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^rollguard rollbacks: "shop" remembers no rollback "rb-9-none"; .*; rollguard rollbacks lists those/,
    );
    for (const argv of [["show"], ["list", "rb-1"], ["undo"], ["show", "a", "b"]])
      expect(await server.run(["rollbacks", ...argv])).toMatchObject({ code: 2, stdout: "" });
  });
});

describe("acknowledge", () => {
  it("lets flags out of quarantine, and raises nothing", async () => {
    await alertTo(server, "ErrorsSpike");
    const id = await idOfOpen();
    const early = await server.run(["acknowledge", id, "--reason", "mended"]);
    expect(early).toMatchObject({ code: 1, stdout: "" });
    expect(steady(early.stderr)).toMatch(
      /^rollguard acknowledge: rollback rb-1-x is open: ErrorsSpike still firing; .*: --force acknowledges it now; nothing was done\n$/,
    );
    await goodChecks();
    await alertTo(server, "ErrorsSpike", "resolved");
    const tried = await server.run(["acknowledge", id, "--reason", "mended", "--dry-run"]);
    expect(tried.stdout).toBe(
      "shop: dry run, nothing changed. It would be: acknowledged by ada: mended; 2 flags leave quarantine\n",
    );
    const { code, stdout } = await server.run(["acknowledge", id, "--reason", "mended"]);
    expect(code).toBe(0);
    expect(stdout).toBe(`\
shop: acknowledged by ada: mended; 2 flags leave quarantine
  out of quarantine: checkout, cache
  nothing was raised: 0 % of traffic, revision 4
  -> raise it with rollguard deploy, with rollguard retry --acknowledge --reason TEXT where a rollout was rolled back,
    or with rollguard flags restore --reason TEXT, which returns to what stood before the last deploy
`);
    const twice = await server.run(["acknowledge", id, "--reason", "mended"]);
    expect(twice).toMatchObject({ code: 1, stdout: "" });
    expect(twice.stderr).toContain("has been acknowledged: nothing of it is in quarantine any more\n");
    expect((await server.run(["acknowledge", id, "--reason", "mended", "--dry-run"])).code).toBe(1);
  });

  it("closes by force what would wait for ever", async () => {
    await alertTo(server, "ErrorsSpike");
    const argv = ["acknowledge", await idOfOpen(), "--force", "--reason", "the host is gone", "--json"];
    const { code, stdout } = await server.run(argv);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ reason: "approved", rollback: null });
  });

  it.each([
    [["--reason", "mended"], "which rollback? rollguard status names it"],
    [["rb-1-x"], "it needs --reason TEXT"],
    [["rb-1-x", "--reason", " "], "it needs --reason TEXT"],
    [["rb-1-x", "--reason", "it", "is", "mended"], "put the reason in quotes"],
  ])("called with %j does nothing", async (argv, told) => {
    const ran = await server.run(["acknowledge", ...argv]);
    expect(ran).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining(told) });
    expect(server.requests).toEqual([]);
  });

  it("is refused for a rollback that nobody knows", async () => {
    const { code, stderr } = await server.run(["acknowledge", "rb-9-none", "--reason", "mended"]);
    expect(code).toBe(1);
    expect(stderr).toContain("there is no rollback rb-9-none");
  });
});

describe("status of an open rollback", () => {
  const status = async (seconds = 0): Promise<string> =>
    steady((await server.run(["status"], later(seconds))).stdout).replace(/^.*\n/, "");

  beforeEach(async () => {
    await alertTo(server, "ErrorsSpike");
  });

  const QUARANTINE = `\
  in quarantine: checkout, turned down by rb-1-x
  in quarantine: cache, turned down by rb-1-x
`;

  it("tells how its verification goes", async () => {
    expect(await status(40)).toBe(`\
  rollback rb-1-x : safe-state, begun 2026-11-20T03:00:00Z by ErrorsSpike
    being verified: 0 of 3 good checks; next check in 5s, at 2026-11-20T03:00:45Z
    waits for ErrorsSpike (safe-state), firing since 2026-11-20T02:59:58Z
    -> it is judged by itself, and the next tier follows where it has not helped; nothing is to be done now
${QUARANTINE}`);
    await check(server, policy, ["good"]);
    expect(await status(50)).toContain(`\
    being verified: 1 of 3 good checks; a check is due
    last check 2026-11-20T03:00:45Z: good
`);
    await check(server, policy, ["no_data"]);
    expect(await status(50)).toContain(": no data: Prometheus does not answer\n");
  });

  it("waits for its alerts when it has helped", async () => {
    await goodChecks();
    expect(await status()).toBe(`\
  rollback rb-1-x : safe-state, begun 2026-11-20T03:00:00Z by ErrorsSpike
    it has helped: verified 2026-11-20T03:00:55Z
    waits for ErrorsSpike (safe-state), firing since 2026-11-20T02:59:58Z
    -> it ends by itself when its alerts have resolved; where they never will: rollguard acknowledge rb-1-x --force --reason TEXT
${QUARANTINE}`);
  });

  it("says what to do when nothing can be seen", async () => {
    await check(
      server,
      policy,
      MANY.map(() => "no_data" as const),
    );
    expect(await status(140)).toMatch(
      /^ {2}rollback rb-1-x : safe-state, .*\n {4}unverified: it cannot be seen whether it has helped: Prometheus does not answer\n {4}it is looked at further: 0 of 3 good checks, .*\n {4}waits for .*\n {4}-> look at the application yourself\. All is well: rollguard acknowledge rb-1-x --force --reason TEXT\n {4}-> it is not: rollguard rollback --emergency --reason TEXT; why nothing is seen: rollguard preflight\n/,
    );
  });

  it("says what to do when nothing has helped", async () => {
    await check(server, policy, [...MANY, ...MANY, ...MANY, ...MANY]);
    const shown = await status(300);
    expect(shown).toContain("    failed: not even emergency has helped: ErrorsSpike is still true\n");
    expect(shown).toContain(
      "-> nothing more can be turned down: the cause is elsewhere, and somebody has to mend it\n",
    );
    expect(shown).toContain("-> when it is mended: rollguard acknowledge rb-1-x --force --reason TEXT\n");
  });

  it("calls people next where the last tier is being verified", async () => {
    await server.run(["rollback", "--emergency", "--reason", "worse"]);
    expect(await status()).toContain(
      "it is judged by itself, and people are called where it has not helped;",
    );
  });

  it("names the command that lets flags out when it has ended", async () => {
    await goodChecks();
    await alertTo(server, "ErrorsSpike", "resolved");
    expect(await status()).toBe(`\
  no rollback is open
${QUARANTINE}\
  -> when its cause is mended, let them out: rollguard acknowledge rb-1-x --reason TEXT; that raises nothing
`);
  });

  it("is red where people have to act, and names the application where there are several", async () => {
    const two = await running.start(startCliServer({ policies: await policiesFrom(ROLLBACK_SHOP, BANK) }));
    await alertTo(two, "ErrorsSpike");
    await check(two, policy, [...MANY, ...MANY, ...MANY, ...MANY]);
    const { stdout } = await two.run(["status"], { environment: { FORCE_COLOR: "1" } });
    expect(stdout).toContain(
      "\x1b[31mfailed: not even emergency has helped: ErrorsSpike is still true\x1b[0m",
    );
    const id = await idOfOpen(two);
    expect(stdout).toContain(
      `\x1b[1mrollguard acknowledge ${id} --force --reason TEXT --application shop\x1b[0m`,
    );
  });
});
