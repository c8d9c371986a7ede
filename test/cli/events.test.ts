import { afterAll, beforeEach, describe, expect, it } from "@jest/globals";
import type { EventView } from "../../src/app/describe-event.ts";
import { eventLine } from "../../src/cli/text/event-text.ts";
import { gapLine } from "../../src/cli/text/gap-text.ts";
import { PLAIN } from "../../src/cli/text/style.ts";
import type { Policy } from "../../src/domain/policy.ts";
import { event } from "../contract/works.ts";
import { Stopper } from "../support/stopper.ts";
import { until } from "../support/until.ts";
import { type CliServer, NOW, policiesFrom, startCliServer } from "./cli-server.ts";
import { check } from "./rollback-shop.ts";
import { ROLLOUT_SHOP } from "./rollout-shop.ts";
import type { RunOptions } from "./run.ts";

const running = new Stopper();
afterAll(() => running.stop());

let server: CliServer;
let policy: Policy;

beforeEach(async () => {
  const policies = await policiesFrom(ROLLOUT_SHOP);
  policy = policies[0] as Policy;
  server = await running.start(startCliServer({ policies }));
});

async function alert(status: "firing" | "resolved"): Promise<void> {
  const alerts = [{ status, labels: { alertname: "ErrorsSpike", application: "shop" } }];
  const body = JSON.stringify({ version: "4", alerts });
  expect((await fetch(`${server.url}/api/v1/alerts`, { method: "POST", body })).status).toBe(200);
}

/** As many events as asked for: pauses and resumes in turns. */
async function eventsUntil(count: number): Promise<void> {
  await server.run(["deploy"]);
  for (let revision = 1; revision < count; revision++) await server.run([revision % 2 ? "pause" : "resume"]);
}

const numbersIn = (text: string): number[] =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => Number(/^\S+ +(\d+) /.exec(line)?.[1]));

describe("events", () => {
  it("are one line each: when, which, what, who, why, and what changed", async () => {
    await server.run(["deploy", "--reason", "release 12"]);
    await server.run(["pause"]);
    await alert("firing");
    await alert("resolved");
    await check(server, policy, ["good", "good", "good"]);
    const { code, stdout, stderr } = await server.run(["events"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.replaceAll(/rb-3-\w+/g, "rb-3-x")).toBe(`\
2026-11-20T03:00:00Z      1  promoted      ada: steady deployed by ada: release 12; traffic 0 -> 10 %; checkout off -> 10 %
2026-11-20T03:00:00Z      2  paused        ada: paused by ada
2026-11-20T03:00:00Z      3  rolled_back   alertmanager: ErrorsSpike is firing (safe-state) rb-3-x; traffic 10 -> 0 %; checkout 10 % -> off
2026-11-20T03:00:00Z      4  resolved      alertmanager: ErrorsSpike (safe-state) rb-3-x
2026-11-20T03:00:55Z      5  verified      clock: 3 good checks in a row (safe-state) ends rb-3-x
`);
  });

  it("tell what was decided in between and changed nothing", async () => {
    await alert("firing");
    await alert("firing");
    await alert("firing");
    await server.app.tally.flush();
    const shown = async () =>
      (await server.run(["events"])).stdout.replaceAll(/rb-1-\w+/g, "rb-1-x").split("\n");
    const line =
      "2026-11-20T03:00:00Z      -  duplicate     ErrorsSpike (safe-state) rb-1-x, 2 times: nothing changed";
    expect((await shown())[1]).toBe(line);
    await alert("resolved");
    await alert("resolved");
    await server.app.tally.flush();
    const lines = await shown();
    expect(lines[1]).toBe(line);
    expect(lines[2]).toMatch(/ 2 {2}resolved /);
    expect(lines[3]).toMatch(/ - {2}resolved +ErrorsSpike \(safe-state\): nothing changed$/);
  });

  it("are the newest ones, or those behind a number, as many as wanted", async () => {
    await eventsUntil(25);
    const shown = async (...argv: string[]): Promise<number[]> =>
      numbersIn((await server.run(["events", ...argv])).stdout);
    expect(await shown()).toEqual(Array.from({ length: 20 }, (_, index) => index + 6));
    expect(await shown("--limit", "2")).toEqual([24, 25]);
    expect(await shown("--after", "3", "--limit", "2")).toEqual([4, 5]);
    expect(await shown("--after", "22")).toEqual([23, 24, 25]);
    expect(await shown("--after", "0")).toHaveLength(25);
    const { stdout } = await server.run(["events", "--json", "--limit", "1"]);
    expect(JSON.parse(stdout)).toMatchObject({ revision: 25, reason: "resumed", actor: "ada" });
    expect(await server.run(["events", "--after", "25"])).toMatchObject({
      code: 0,
      stdout: "",
      stderr: "shop: no events behind number 25\n",
    });
  });

  it("that have left the ledger are told of, and where they are, by who asked for them", async () => {
    await eventsUntil(25);
    await server.app.store.trim("shop", 10);
    const { stdout, stderr, code } = await server.run(["events", "--after", "4", "--limit", "2"]);
    expect(numbersIn(stdout)).toEqual([11, 12]);
    const told = (range: string): string =>
      `shop: ${range} have left the ledger: archived in ledger/shop, in the server's data directory\n`;
    expect({ stderr, code }).toEqual({ stderr: told("events 5 to 10"), code: 0 });
    const newest = await server.run(["events", "--json"]);
    expect(newest.stderr).toBe(told("events 6 to 10"));
    expect(newest.stdout.trimEnd().split("\n")).toHaveLength(15);
    expect(await server.run(["events", "--after", "10"])).toMatchObject({ stderr: "" });
  });

  it("that are gone for good are told of in the same way", () => {
    expect(gapLine("shop", { from: 3, to: 3, archive: null })).toBe(
      "shop: event 3 has left the ledger: gone, and Redis keeps only the count",
    );
  });

  it.each([
    ["--limit", "0"],
    ["--limit", "many"],
    ["--after", "1.5"],
  ])("take no %s %s", async (...argv) => {
    expect(await server.run(["events", ...argv])).toMatchObject({ code: 2, stdout: "" });
  });

  it("of other people's making command no terminal", () => {
    const evil = "\x1b]0;owned\x07\n2026-11-20T03:00:00Z";
    const event = {
      at: "2026-11-20T03:00:00.000Z",
      revision: 7,
      reason: "rolled_back",
      actor: evil,
      rollback: null,
      tier: "phase",
      alert: {
        fingerprint: "1",
        name: evil,
        startsAt: "2026-11-20T03:00:00.000Z",
        labels: { alertname: evil },
      },
      flags: [],
      traffic: null,
      ended: false,
      rollout: null,
      gate: [],
      detail: null,
      unchanged: [],
    } satisfies EventView;
    expect(eventLine(event, PLAIN)).toBe(
      "2026-11-20T03:00:00Z      7  rolled_back   ]0;owned 2026-11-20T03:00:00Z: ]0;owned 2026-11-20T03:00:00Z (phase)",
    );
  });
});

describe("events --follow", () => {
  interface Following {
    readonly out: () => string;
    readonly err: () => string;
    stop(): Promise<number>;
  }

  function follow(argv: readonly string[] = [], options: RunOptions = {}): Following {
    let out = "";
    let err = "";
    let interrupt: (signal: string) => void = () => undefined;
    const ran = server.run(["events", "--follow", ...argv], {
      ...options,
      untilStopped: () => new Promise((resolve) => (interrupt = resolve)),
      onStdout: (text) => (out += text),
      onStderr: (text) => (err += text),
    });
    return {
      out: () => out,
      err: () => err,
      async stop() {
        interrupt("SIGINT");
        return (await ran).code;
      },
    };
  }

  it("goes on with what happens, through a time without the server, and misses and repeats nothing", async () => {
    await eventsUntil(3);
    const following = follow();
    const shows = (numbers: number[]): Promise<unknown> =>
      until(
        "these events",
        () => numbersIn(following.out()),
        (seen) => String(seen) === String(numbers),
      );
    await shows([1, 2, 3]);
    await server.run(["pause"]);
    await shows([1, 2, 3, 4]);
    await server.leave();
    await until("word of it", following.err, (told) => /waiting for it to come back\n$/.test(told));
    await server.comeBack();
    await until("word of it", following.err, (told) =>
      told.endsWith("the server is back: it goes on where it was\n"),
    );
    await server.run(["resume"]);
    await shows([1, 2, 3, 4, 5]);
    expect(await following.stop()).toBe(0);
    expect(following.err().split("\n")).toHaveLength(3);
  });

  it("says which events have left the ledger while the server was away", async () => {
    await eventsUntil(3);
    const following = follow();
    await until("what was there", () => numbersIn(following.out()).length === 3, Boolean);
    await server.leave();
    await until("word of it", following.err, (told) => /waiting for it to come back\n$/.test(told));
    const work = {
      changes: [],
      messages: [],
      events: Array.from({ length: 5 }, () => ({ ...event("elsewhere"), at: NOW })),
    };
    await server.app.store.transact("shop", () => work);
    await server.app.store.trim("shop", 6);
    await server.comeBack();
    await until(
      "the rest",
      () => numbersIn(following.out()),
      (numbers) => String(numbers) === "1,2,3,7,8",
    );
    expect(await following.stop()).toBe(0);
    expect(following.err()).toMatch(
      /goes on where it was\nshop: events 4 to 6 have left the ledger: archived in ledger\/shop, .*\n$/,
    );
  });

  it("is for programs a line of JSON each", async () => {
    const following = follow(["--json"]);
    await until("the stream", () => server.requests.some((request) => request.includes("/stream")), Boolean);
    await server.run(["deploy"]);
    await until("an event", following.out, (text) => text.endsWith("\n"));
    expect(await following.stop()).toBe(0);
    expect(JSON.parse(following.out())).toMatchObject({ revision: 1, reason: "promoted" });
  });

  it("ends when nobody reads it any more", async () => {
    await eventsUntil(1);
    let leave: () => void = () => undefined;
    const readerGone = new Promise<void>((resolve) => {
      leave = resolve;
    });
    const never = (): Promise<string> => new Promise(() => undefined);
    const ran = server.run(["events", "--follow"], {
      readerGone,
      untilStopped: never,
      onStdout: () => leave(),
    });
    expect(await ran).toMatchObject({ code: 0, stderr: "" });
  });
});
