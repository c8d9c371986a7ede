import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { answering, type RunningProcess } from "../support/process.ts";
import { type RedisServer, startRedis } from "../support/redis-server.ts";
import { Stopper } from "../support/stopper.ts";
import { until } from "../support/until.ts";
import { policiesFrom, startCliServer } from "./cli-server.ts";
import { type Ran, run } from "./run.ts";
import { startCli, startServe } from "./serve-process.ts";
import { fire, type Place, placeFor, SHOP } from "./shop.ts";

let running: Stopper;
let place: Place;
let redis: RedisServer;

beforeEach(async () => {
  running = new Stopper();
  place = await placeFor({ "shop.yaml": SHOP });
  running.add(place.remove);
});

afterEach(() => running.stop());

const url = (): string => `http://${place.environment.ROLLGUARD_LISTEN}`;

const accept = (...argv: string[]): Promise<Ran> =>
  run(["store", "accept-loss", ...argv], { environment: { ROLLGUARD_URL: url() }, user: "ada" });

async function ready(): Promise<{ status: number; detail: string }> {
  const answer = await fetch(`${url()}/-/ready`);
  const { detail = "" } = (await answer.json()) as { detail?: string };
  return { status: answer.status, detail };
}

async function evaluated(flag: string): Promise<{ value: unknown; metadata?: { stale?: boolean } }> {
  const answer = await fetch(`${url()}/ofrep/v1/evaluate/flags/${flag}`, {
    method: "POST",
    body: JSON.stringify({ context: { targetingKey: "ada", application: "shop" } }),
  });
  return (await answer.json()) as { value: unknown };
}

async function flags(): Promise<Record<string, [enabled: boolean, share: number]>> {
  const answer = await fetch(`${url()}/api/v1/applications/shop/flags`);
  const { flags: all } = (await answer.json()) as {
    flags: { key: string; enabled: boolean; rolloutPercentage: number }[];
  };
  return Object.fromEntries(
    all.map(({ key, enabled, rolloutPercentage }) => [key, [enabled, rolloutPercentage]]),
  );
}

/** A supervisor starts it again, whatever it finds. */
async function again(): Promise<RunningProcess> {
  const child = await startCli(["serve"], place);
  running.add(() => child.stop());
  await answering(child, `${url()}/-/healthy`);
  return child;
}

describe("store accept-loss", () => {
  it.each([
    ["was emptied", /was emptied or replaced.*store accept-loss/, () => redis.call("FLUSHALL")],
    [
      "lost a key",
      /lost some of its keys.*store accept-loss/,
      () => redis.call("DEL", "rollguard:{shop}:state"),
    ],
  ])("is what a responder waits for whose Redis %s, also after a restart", async (_, why, lose) => {
    redis = await running.start(startRedis());
    place = { ...place, environment: { ...place.environment, ROLLGUARD_REDIS_URL: redis.url } };
    const first = await startServe(place);
    running.add(() => first.child.stop());
    expect((await fire(first.url, "ErrorsSpike")).status).toBe(200);
    const before = await flags();
    expect(before.cache).toEqual([false, 0]);
    await first.child.stop();
    await lose();

    await again();
    expect(await ready()).toEqual({ status: 503, detail: expect.stringMatching(why) });
    expect((await fire(url(), "ErrorsSpike")).status).toBe(503);
    await until(
      "what was kept to be served",
      () => evaluated("cache"),
      ({ metadata }) => metadata?.stale === true,
    );
    expect(await evaluated("cache")).toMatchObject({ value: false });

    expect(await accept()).toMatchObject({ code: 2, stderr: expect.stringContaining("--reason") });
    const { code, stdout } = await accept("--reason", "there is no backup");
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(
        /^shop: the loss of the store's data was accepted by ada: there is no backup; \d flags stay as low as they were kept\n {2}lowered: .*cache.*\n {2}revision 1\n$/,
      ),
    });
    expect(await ready()).toEqual({ status: 200, detail: "" });
    expect(await flags()).toEqual(before);
    expect(await evaluated("cache")).toMatchObject({ value: false });
    const ledger = await fetch(`${url()}/api/v1/applications/shop/events`);
    expect(await ledger.json()).toMatchObject({
      events: [{ revision: 1, actor: "ada", detail: expect.stringContaining("there is no backup") }],
    });
    expect(await accept("--reason", "again")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("has lost nothing"),
    });
    expect((await fire(url(), "ErrorsSpike")).status).toBe(200);
  });

  it("is what a responder waits for whose Redis is back at what was before the rollback, also after a restart", async () => {
    redis = await running.start(startRedis());
    place = { ...place, environment: { ...place.environment, ROLLGUARD_REDIS_URL: redis.url } };
    const first = await startServe(place);
    running.add(() => first.child.stop());
    expect((await fire(first.url, "ErrorsSpike")).status).toBe(200);
    await first.child.stop();
    const parts = ["state", "events", "outbox", "claims", "receipts"];
    await redis.call("DEL", ...parts.map((part) => `rollguard:{shop}:${part}`));
    await redis.call("HDEL", "rollguard:{shop}:meta", "revision", "stamp", "at", "clock", "parts");

    const second = await again();
    const waiting = { status: 503, detail: expect.stringMatching(/another history.*store accept-loss/) };
    expect(await ready()).toEqual(waiting);
    await until(
      "what was kept to be served",
      () => evaluated("cache"),
      ({ metadata }) => metadata?.stale === true,
    );
    expect(await evaluated("cache")).toMatchObject({ value: false });
    // It turns down what was down, and whether that is all nobody knows here.
    expect((await fire(url(), "ErrorsSpike")).status).toBe(200);
    expect(await ready()).toEqual(waiting);
    expect((await accept("--reason", "an old snapshot")).code).toBe(0);
    expect(await ready()).toEqual({ status: 200, detail: "" });
    expect((await flags()).cache).toEqual([false, 0]);

    // What was accepted is not missed, however soon it is killed.
    const file = join(place.directory, "data/flags/shop.json");
    await until(
      "what was accepted to be kept",
      async () => JSON.parse(await readFile(file, "utf8")) as { commit: { revision: number } },
      ({ commit }) => commit.revision === 2,
    );
    await second.kill();
    await again();
    expect(await ready()).toEqual({ status: 200, detail: "" });
  });

  it("is refused where nothing can be lost, and says what it takes", async () => {
    const server = await running.start(startCliServer({ policies: await policiesFrom(SHOP) }));
    expect(await server.run(["store", "accept-loss", "--reason", "so"])).toMatchObject({
      code: 1,
      stdout: "",
    });
    for (const argv of [["store"], ["store", "forget"], ["store", "accept-loss", "x", "--reason", "so"]])
      expect(await server.run(argv)).toMatchObject({ code: 2, stdout: "" });
  });
});
