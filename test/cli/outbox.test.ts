import { afterAll, beforeEach, describe, expect, it } from "@jest/globals";
import type { ClaimedMessage } from "../../src/app/outbox.ts";
import type { Message } from "../../src/domain/message.ts";
import { event, message } from "../contract/works.ts";
import { Stopper } from "../support/stopper.ts";
import { type CliServer, NOW, policiesFrom, startCliServer } from "./cli-server.ts";
import { BANK, SHOP } from "./shop.ts";

const running = new Stopper();
afterAll(() => running.stop());

let server: CliServer;

beforeEach(async () => {
  server = await running.start(startCliServer({ policies: await policiesFrom(SHOP) }));
});

const MINUTE = 60_000;

/** What people are to be told in one commit; nobody delivers it. */
async function tell(...messages: readonly Message[]): Promise<void> {
  await server.app.store.transact("shop", () => ({ changes: [], events: [event("a")], messages }));
}

async function claim(): Promise<ClaimedMessage> {
  const { outbox } = server.app.store;
  const [claimed] = await outbox.claim("shop", { lease: 60 * MINUTE, limit: 1 });
  if (claimed === undefined) throw new Error("nothing is there");
  return claimed;
}

async function dead(why: string): Promise<void> {
  await server.app.store.outbox.bury("shop", await claim(), why);
}

const told = (channel: Message["channel"] & string, subject: string, ago: number): Message => ({
  ...message(subject, NOW - ago),
  channel,
});

/** Leases and retries end in the store's own time. */
const steady = (text: string): string =>
  text.replaceAll(/(?<=\d {8,})\d{4}-\S+Z/g, "<later>".padEnd(20)).replaceAll(/ +$/gm, "");

describe("outbox list", () => {
  it("says so when nothing is there", async () => {
    expect(await server.run(["outbox"])).toMatchObject({
      code: 0,
      stdout: "shop: 0 messages wait; 0 dead\n",
      stderr: "",
    });
  });

  it("shows each message, and what to do about the dead ones", async () => {
    const { outbox } = server.app.store;
    await tell(told("slack", "rb-1-x", 26 * 60 * MINUTE), told("email", "rb-1-x", 3 * MINUTE));
    await tell(told("pagerduty", "rb-3-x", 2 * MINUTE), message("rb-3-x", NOW - MINUTE));
    await dead("no such channel\u009b\n#alerts");
    await outbox.failed("shop", await claim(), 60 * MINUTE, { why: "no answer in time" });
    await claim();
    const { code, stdout } = await server.run(["outbox", "list"]);
    expect(code).toBe(0);
    expect(steady(stdout)).toBe(`\
shop: 3 messages wait, the oldest for 3m; 1 dead
  ID   CHANNEL    SUBJECT  KIND         AT                    STATE     ATTEMPT  NEXT                  WHY
  1-0  slack      rb-1-x   rolled_back  2026-11-19T01:00:00Z  dead      1        never                 no such channel #alerts
  1-1  email      rb-1-x   rolled_back  2026-11-20T02:57:00Z  retrying  1        <later>               no answer in time
  2-0  pagerduty  rb-3-x   rolled_back  2026-11-20T02:58:00Z  leased    1        <later>
  2-1  -          rb-3-x   rolled_back  2026-11-20T02:59:00Z  waiting   0        now
  -> a dead one is not tried again by itself: mend its channel, then rollguard outbox retry ID; give it up with rollguard outbox drop ID
`);
    const coloured = await server.run(["outbox", "--application", "shop"], {
      environment: { FORCE_COLOR: "1" },
    });
    expect(coloured.stdout).toContain("\x1b[31mdead\x1b[0m");
    expect(coloured.stdout).toContain("rollguard outbox retry ID --application shop");
  });

  it("gives the oldest 100, or all of them", async () => {
    await tell(...Array.from({ length: 1_001 }, (_, index) => told("slack", `r${index}`, 0)));
    const some = await server.run(["outbox", "list"]);
    expect(some.stdout).toMatch(/^shop: 1001 messages wait, the oldest for 0s; 0 dead\n/);
    expect(some.stdout.split("\n")).toHaveLength(1 + 1 + 100 + 1 + 1);
    expect(some.stdout).toContain("\n  901 more; all of them: rollguard outbox list --all\n");
    const all = await server.run(["outbox", "list", "--all"]);
    expect(all.stdout.split("\n")).toHaveLength(1 + 1 + 1_001 + 1);
    const { stdout } = await server.run(["outbox", "list", "--all", "--json"]);
    const answer = JSON.parse(stdout);
    expect(answer).toMatchObject({ application: "shop", waiting: 1_001, dead: 0 });
    expect(answer.entries.map((entry: { id: string }) => entry.id)).toEqual(
      Array.from({ length: 1_001 }, (_, index) => `1-${index}`),
    );
  });

  it("wants to know which of several applications", async () => {
    const two = await running.start(startCliServer({ policies: await policiesFrom(SHOP, BANK) }));
    expect(await two.run(["outbox"])).toMatchObject({ code: 2, stdout: "" });
    expect((await two.run(["outbox", "--application", "bank"])).stdout).toBe(
      "bank: 0 messages wait; 0 dead\n",
    );
    expect(await two.run(["outbox", "--application", "none"])).toMatchObject({ code: 1, stdout: "" });
  });
});

describe("outbox retry", () => {
  it("has a dead message tried again", async () => {
    await tell(told("slack", "rb-1-x", 0));
    await dead("invalid token");
    const { code, stdout } = await server.run(["outbox", "retry", "1-0", "--reason", "the token is mended"]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "shop: message 1-0 is tried at once\n" });
    expect(await claim()).toMatchObject({ id: "1-0", attempt: 2 });
    expect(server.app.log).toContainEqual({
      level: "info",
      message: "outbox: message retried",
      fields: { application: "shop", id: "1-0", operator: "ada", reason: "the token is mended" },
    });
  });

  it("is refused for a message that is not there", async () => {
    const { code, stdout, stderr } = await server.run(["outbox", "retry", "9-0"]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toBe(
      'rollguard outbox: the outbox of "shop" has no message "9-0": it was delivered or dropped, or there never was one; rollguard outbox list names those that are there\n',
    );
  });
});

describe("outbox drop", () => {
  const left = async (): Promise<number> => (await server.app.store.outbox.depth("shop")).waiting;

  beforeEach(() => tell(told("slack", "rb-1-x", 0)));

  it("needs yes, where nobody can be asked", async () => {
    for (const argv of [["1-0"], ["1-0", "--json"]]) {
      const ran = await server.run(["outbox", "drop", ...argv]);
      expect(ran).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("say --yes") });
    }
    expect(server.requests.filter((request) => request.startsWith("POST"))).toEqual([]);
    const { code, stdout } = await server.run(["outbox", "drop", "1-0", "--yes", "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ application: "shop", id: "1-0", done: "dropped" });
    expect(await left()).toBe(0);
  });

  it("asks at a terminal", async () => {
    const questions: string[] = [];
    const terminal = { columns: () => 80, rows: () => 24 };
    const answering = (answer: string) => ({
      terminal,
      ask: async (question: string) => {
        questions.push(question);
        return answer;
      },
    });
    expect(await server.run(["outbox", "drop", "1-0"], answering("no"))).toMatchObject({
      code: 1,
      stdout: "",
    });
    expect(await left()).toBe(1);
    const { stdout } = await server.run(["outbox", "drop", "1-0"], answering("yes"));
    expect(stdout).toBe("shop: message 1-0 is dropped\n");
    expect(questions).toEqual(Array(2).fill("Type yes to drop message 1-0 of shop: nobody is told of it: "));
    expect(await left()).toBe(0);
    expect((await server.run(["outbox", "drop", "1-0", "--yes"])).code).toBe(1);
  });
});
