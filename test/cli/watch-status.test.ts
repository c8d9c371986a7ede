import { afterAll, beforeEach, describe, expect, it } from "@jest/globals";
import type { Policy } from "../../src/domain/policy.ts";
import { Stopper } from "../support/stopper.ts";
import { until } from "../support/until.ts";
import { type CliServer, NOW, policiesFrom, startCliServer } from "./cli-server.ts";
import { check } from "./rollback-shop.ts";
import { ROLLOUT_SHOP } from "./rollout-shop.ts";
import type { RunOptions } from "./run.ts";

const running = new Stopper();
afterAll(() => running.stop());

let server: CliServer;

beforeEach(async () => {
  server = await running.start(startCliServer({ policies: await policiesFrom(ROLLOUT_SHOP) }));
});

interface Watching {
  readonly out: () => string;
  readonly err: () => string;
  /** What the terminal shows now. */
  readonly screen: () => string[];
  stop(): Promise<{ code: number; left: string }>;
}

const OPEN = "\x1b[?1049h\x1b[?25l\x1b[?7l";
const CLOSE = "\x1b[?7h\x1b[?25h\x1b[?1049l";

function watch(options: RunOptions = {}, argv: readonly string[] = []): Watching {
  let out = "";
  let err = "";
  let interrupt: (signal: string) => void = () => undefined;
  const ran = server.run(["status", "--watch", ...argv], {
    ...options,
    untilStopped: () => new Promise((resolve) => (interrupt = resolve)),
    onStdout: (text) => (out += text),
    onStderr: (text) => (err += text),
  });
  return {
    out: () => out,
    err: () => err,
    screen: () => (out.split("\x1b[H").at(-1) ?? "").replaceAll(/\p{Cc}\[[KJ]/gu, "").split("\n"),
    async stop() {
      interrupt("SIGINT");
      const { code } = await ran;
      return { code, left: out.split(CLOSE)[1] ?? "" };
    },
  };
}

const shows = async (watching: Watching, line: string): Promise<void> => {
  await until(line, watching.screen, (seen) => seen.some((each) => each.includes(line)));
};

describe("status --watch on a terminal", () => {
  const terminal = { columns: () => 60, rows: () => 24 };
  const environment = { NO_COLOR: "1", LANG: "C.UTF-8" };

  it("is drawn anew with each change, as wide as the terminal, and leaves the last one there", async () => {
    const watching = watch({ terminal, environment });
    await shows(watching, "shop: 0 % of traffic, revision 0");
    expect(watching.out().startsWith(OPEN)).toBe(true);
    await server.run(["deploy"]);
    await shows(watching, 'stage 1 of 3 "A few"');
    expect(watching.screen()).toEqual([
      "shop: 10 % of traffic, revision 1, 2 flags on, 1 off",
      expect.stringMatching(/^ {2}rollout ro-1-\w+: steady, running; begun 2026-11-20T0$/),
      '    [░░░░░░░░░░░░░░░░░░░░] stage 1 of 3 "A few": 10 % of tra',
      "    bake: 1h left of 1h; next check in 10m, at 2026-11-20T03",
      "      not yet  errors   -  green < 1    red > 5    every che",
      "      not yet  latency  -  green < 200  never red  the avera",
      "    last decision 2026-11-20T03:00:00Z: steady deployed by a",
      "  no rollback is open",
      "",
      "2026-11-20T03:00:00Z  Ctrl-C leaves",
    ]);
    const { code, left } = await watching.stop();
    expect(code).toBe(0);
    expect(left).toMatch(/^shop: 10 % of traffic, revision 1/);
    expect(left).not.toContain("\x1b");
    expect(watching.err()).toBe("");
  });

  it("shows how a rollback is verified, though no event tells of that", async () => {
    const [policy] = await policiesFrom(ROLLOUT_SHOP);
    // It looks again every five seconds: here time is quick.
    const begun = Date.now();
    const now = (): number => NOW + (Date.now() - begun) * 50;
    const sleep = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));
    const watching = watch({ terminal, environment, clock: { now, sleep } });
    try {
      await server.run(["rollback", "--safe-state", "--reason", "slow"]);
      await shows(watching, "being verified: 0 of 3 good checks");
      await check(server, policy as Policy, ["good"]);
      await shows(watching, "being verified: 1 of 3 good checks");
    } finally {
      await watching.stop();
    }
  });

  it("says when the server is away, keeps what it knows, and goes on by itself", async () => {
    const watching = watch({ terminal, environment }, ["--application", "shop"]);
    await shows(watching, "revision 0");
    await server.leave();
    await shows(watching, "trying again; this is as of 2026");
    await shows(watching, "revision 0");
    await server.comeBack();
    await server.run(["deploy"]);
    await shows(watching, "revision 1");
    await shows(watching, "Ctrl-C leaves");
    expect(await watching.stop()).toMatchObject({ code: 0 });
  });

  it("keeps its last line where the terminal is low", async () => {
    const watching = watch({ terminal: { columns: () => 40, rows: () => 3 }, environment });
    await shows(watching, "Ctrl-C leaves");
    expect(watching.screen()).toHaveLength(3);
    await watching.stop();
  });
});

describe("status --watch elsewhere", () => {
  it("is told again with each change, without any control characters", async () => {
    const watching = watch();
    await until("the first", watching.out, (text) => text.includes("revision 0"));
    await server.run(["deploy"]);
    await until("the second", watching.out, (text) => text.includes("revision 1"));
    await server.leave();
    await until("word of it", watching.err, (text) => text.endsWith("waiting for it to come back\n"));
    await server.comeBack();
    await until("word of it", watching.err, (text) => text.endsWith("the server is back\n"));
    expect(await watching.stop()).toMatchObject({ code: 0 });
    expect(watching.out()).not.toMatch(/[^\P{Cc}\n]/u);
    expect(watching.out().match(/^shop: /gm)).toHaveLength(2);
  });

  it("is for programs a line of JSON each", async () => {
    const watching = watch({}, ["--json"]);
    await until("the first", watching.out, (text) => text.endsWith("\n"));
    await server.run(["deploy"]);
    await until("the second", watching.out, (text) => text.split("\n").length === 3);
    await watching.stop();
    const revisions = watching
      .out()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).applications[0].revision);
    expect(revisions).toEqual([0, 1]);
  });

  it("fails when there is no such application, or no server, to begin with", async () => {
    const untilStopped = (): Promise<string> => new Promise(() => undefined);
    const unknown = await server.run(["status", "--watch", "--application", "pub"], { untilStopped });
    expect(unknown).toMatchObject({ code: 2, stdout: "" });
    await server.leave();
    const { code, stderr } = await server.run(["status", "--watch"], { untilStopped });
    await server.comeBack();
    expect(code).toBe(1);
    expect(stderr).toMatch(/start it with rollguard serve, or set ROLLGUARD_URL\n$/);
  });
});
