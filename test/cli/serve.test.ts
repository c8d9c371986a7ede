import { open } from "node:fs/promises";
import { type IncomingMessage, request } from "node:http";
import { connect, createServer, type Server } from "node:net";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { type RunningProcess, saying, startProcess } from "../support/process.ts";
import { Stopper } from "../support/stopper.ts";
import { until } from "../support/until.ts";
import { alertBody, webhookBody } from "../support/webhook-bodies.ts";
import { expectGolden } from "./golden.ts";
import { run } from "./run.ts";
import { type ServeProcess, startCli, startServe, stdoutIn } from "./serve-process.ts";
import { BANK, fire, type Place, placeFor, SHOP } from "./shop.ts";

const GENESIS = fileURLToPath(new URL("../../rules/genesis.yaml", import.meta.url));

let running: Stopper;
let place: Place;

beforeEach(async () => {
  running = new Stopper();
  place = await placeFor({ "shop.yaml": SHOP });
  running.add(place.remove);
});

afterEach(() => running.stop());

async function serve(environment: Record<string, string> = {}, stderr?: string): Promise<ServeProcess> {
  const merged = { ...place.environment, ...environment };
  const started = await startServe({ ...place, environment: merged }, [], stderr);
  running.add(() => started.child.stop());
  return started;
}

/** A webhook whose body is only half there: it is in flight once the server has asked for the rest. */
async function halfSent(url: string): Promise<{ finish(): Promise<{ status: number; body: string }> }> {
  const body = JSON.stringify(webhookBody([alertBody("ErrorsSpike")]));
  const headers = { Expect: "100-continue", "Content-Length": Buffer.byteLength(body) };
  const upload = request(`${url}/api/v1/alerts`, { method: "POST", headers });
  const replied = new Promise<IncomingMessage>((resolve, reject) => {
    upload.once("response", resolve).once("error", reject);
  });
  replied.catch(() => undefined);
  upload.flushHeaders();
  await new Promise<void>((resolve) => upload.once("continue", resolve));
  await new Promise<void>((resolve) => upload.write(body.slice(0, 100), () => resolve()));
  return {
    async finish() {
      upload.end(body.slice(100));
      const reply = await replied;
      let text = "";
      for await (const chunk of reply) text += String(chunk);
      return { status: reply.statusCode ?? 0, body: text };
    },
  };
}

/** Whether somebody listens there. */
function listening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

async function metric(url: string, name: string): Promise<string | undefined> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return text.split("\n").find((line) => line.startsWith(`${name} `));
}

describe("the start", () => {
  it("says where it listens, with which policy and which store, in three lines", async () => {
    const { stdout, child } = await serve();
    expectGolden("serve", await stdout(), place.directory);
    expect(child.output()).toBe("");
  });

  it("says it to programs as one object", async () => {
    await place.write("bank.yaml", BANK);
    const { stdout, code } = await run(["serve", "--json"], { environment: place.environment });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      url: `http://${place.environment.ROLLGUARD_LISTEN}`,
      applications: ["bank", "shop"],
      store: `embedded, in ${place.environment.ROLLGUARD_DATA}`,
    });
  });

  it("names the Redis, and never how to log in to it", async () => {
    const environment = { ...place.environment, ROLLGUARD_REDIS_URL: "redis://user:hunter2@127.0.0.1:1/3" };
    const { code, stdout, stderr } = await run(["serve"], { environment });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Store: Redis at redis:\/\/127\.0\.0\.1:1\/3$/m);
    expect(stdout + stderr).not.toContain("hunter2");
  });

  it("fails with every mistake of the policies, each at its place", async () => {
    await place.write("bank.yaml", BANK.replace("rollback: phase", "rollback: phasee"));
    await place.write("shop.yaml", SHOP.replaceAll("checkout:", "checkin:"));
    const ran = await run(["serve"], { environment: place.environment });
    expect(ran).toMatchObject({ code: 1, stdout: "" });
    expectGolden("serve-bad-policy", ran.transcript, place.directory);
  });

  it("fails where there is no policy", async () => {
    const environment = { ...place.environment, ROLLGUARD_POLICY: `${place.directory}/none` };
    const { code, stderr } = await run(["serve"], { environment });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `rollguard serve: ${place.directory}/none:1:1: does not exist\n`,
    });
  });

  it("fails where somebody listens already, and leaves the store to others", async () => {
    const other: Server = createServer();
    const port = Number(place.environment.ROLLGUARD_LISTEN?.split(":")[1]);
    await new Promise<void>((resolve) => other.listen(port, "127.0.0.1", resolve));
    const first = await run(["serve"], { environment: place.environment });
    expect(first).toMatchObject({ code: 1, stdout: "" });
    expect(first.stderr).toMatch(
      /^rollguard serve: ROLLGUARD_LISTEN: .*EADDRINUSE.*another Rollguard running\?\n$/,
    );
    await new Promise((resolve) => other.close(resolve));
    expect(await run(["serve"], { environment: place.environment })).toMatchObject({ code: 0 });
  });

  it("fails where its data cannot be kept", async () => {
    const environment = { ...place.environment, ROLLGUARD_DATA: `${place.directory}/shop.yaml` };
    const { code, stdout, stderr } = await run(["serve"], { environment });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^rollguard serve: the data in .* cannot be opened/);
  });
});

describe("a process of its own", () => {
  it.each([
    [["lint", GENESIS], 0],
    [["lint", "nowhere"], 1],
    [["bogus"], 2],
  ])("%j ends with %i", async (argv, code) => {
    const child = await startCli(argv, place);
    expect(await child.ended).toEqual({ code, signal: null });
    expect((await stdoutIn(place)) !== "").toBe(code === 0);
    expect(child.output() !== "").toBe(code !== 0);
  });
});

describe("a signal during the start", () => {
  /** The start waits for somebody to write the token. */
  async function starting(level: string): Promise<{ child: RunningProcess; goOn(): Promise<void> }> {
    const fifo = `${place.directory}/token`;
    await (await startProcess({ name: "mkfifo", command: "mkfifo", args: [fifo] })).ended;
    const environment = { ...place.environment, ROLLGUARD_WEBHOOK_TOKEN_FILE: fifo, LOG_LEVEL: level };
    const child = await startCli(["serve"], { ...place, environment });
    running.add(() => child.stop());
    const pipe = await open(fifo, "w");
    return {
      child,
      async goOn() {
        await pipe.writeFile("t");
        await pipe.close();
      },
    };
  }

  it("SIGHUP is acted on when it has started", async () => {
    const { child, goOn } = await starting("info");
    process.kill(child.pid, "SIGHUP");
    await goOn();
    await saying(child, /policy reloaded/);
    process.kill(child.pid, "SIGTERM");
    expect(await child.ended).toEqual({ code: 0, signal: null });
  });

  it.each(["SIGTERM", "SIGINT"] as const)("%s ends it well", async (signal) => {
    const { child, goOn } = await starting("warn");
    process.kill(child.pid, signal);
    await goOn();
    expect(await child.ended).toEqual({ code: 0, signal: null });
    expect(child.output()).toBe(`${signal}: finishing what is in flight\n`);
  });
});

describe("a standard error that is full", () => {
  it("changes no answer, and no end", async () => {
    const { url, child, signal } = await serve({ LOG_LEVEL: "debug" }, "/dev/full");
    expect(await (await fire(url, "TestsFail")).json()).toMatchObject({
      decisions: [{ reason: "rolled_back" }],
    });
    const bad = await fetch(`${url}/api/v1/alerts`, { method: "POST", body: "nonsense" });
    expect({ status: bad.status, ...((await bad.json()) as object) }).toMatchObject({ code: "invalid_json" });
    signal("SIGTERM");
    expect(await child.ended).toEqual({ code: 0, signal: null });
  });
});

describe("SIGTERM", () => {
  it("finishes what is in flight, refuses what is new, and ends well", async () => {
    const { url, port, child, signal } = await serve();
    const upload = await halfSent(url);
    signal("SIGTERM");
    await until(
      "new connections to be refused",
      () => listening(port),
      (open) => !open,
    );
    const { status, body } = await upload.finish();
    expect({ status, ...JSON.parse(body) }).toMatchObject({
      status: 200,
      decisions: [{ reason: "rolled_back", revision: 1 }],
      rejected: [],
    });
    expect(await child.ended).toEqual({ code: 0, signal: null });
    expect(child.output()).toBe("SIGTERM: finishing what is in flight\n");
    const { stdout } = await run(["status", "--json"], { environment: place.environment });
    expect(JSON.parse(stdout).applications).toMatchObject([{ application: "shop", revision: 1, traffic: 0 }]);
  });

  it("does not wait for connections that only stay open", async () => {
    const { url, child, signal } = await serve();
    expect((await fire(url, "TestsFail")).status).toBe(200);
    const begun = Date.now();
    signal("SIGINT");
    expect(await child.ended).toEqual({ code: 0, signal: null });
    expect(Date.now() - begun).toBeLessThan(5_000);
  });

  it("twice does not wait at all", async () => {
    const { url, child, signal } = await serve();
    await halfSent(url);
    signal("SIGTERM");
    await saying(child, /finishing what is in flight/);
    signal("SIGTERM");
    expect(await child.ended).toEqual({ code: 1, signal: null });
  });
});

describe("SIGHUP", () => {
  it("with a broken policy keeps the old one, with a good one swaps it", async () => {
    const { url, child, signal } = await serve({ LOG_LEVEL: "info" });
    await place.write("shop.yaml", SHOP.replace("rollback: phase", "rollback: phasee"));
    signal("SIGHUP");
    await saying(child, /policy not reloaded: the old one stays in force/);
    expect(child.output()).toContain("shop.yaml:12:");
    expect(await metric(url, "rollguard_policy_reload_success")).toBe("rollguard_policy_reload_success 0");
    expect(await (await fire(url, "TestsFail")).json()).toMatchObject({
      decisions: [{ reason: "rolled_back" }],
    });

    const slow = "  - { alert: Slow, expr: latency > 1, rollback: safe-state }\n";
    await place.write("shop.yaml", SHOP + slow);
    await place.write("bank.yaml", BANK);
    expect(await (await fire(url, "Slow")).json()).toMatchObject({ decisions: [{ reason: "no_trigger" }] });
    signal("SIGHUP");
    await saying(child, /policy reloaded/);
    expect(await metric(url, "rollguard_policy_reload_success")).toBe("rollguard_policy_reload_success 1");
    expect(await (await fire(url, "Slow")).json()).toMatchObject({ decisions: [{ reason: "escalated" }] });
    expect(await (await fire(url, "TestsFail", "bank")).json()).toMatchObject({
      decisions: [{ application: "bank", reason: "rolled_back" }],
    });
  });
});
