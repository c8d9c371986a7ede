import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { startProcess } from "../support/process.ts";
import { startRedis } from "../support/redis-server.ts";
import { Stopper } from "../support/stopper.ts";
import { type ServeProcess, startServe } from "./serve-process.ts";
import { fire, type Place, placeFor, SHOP } from "./shop.ts";

let running: Stopper;
let place: Place;

beforeEach(async () => {
  running = new Stopper();
  place = await placeFor({ "shop.yaml": SHOP });
  running.add(place.remove);
});

afterEach(() => running.stop());

async function serve(environment: Record<string, string>): Promise<ServeProcess> {
  const started = await startServe({ ...place, environment: { ...place.environment, ...environment } });
  running.add(() => started.child.stop());
  return started;
}

async function told({ url }: ServeProcess): Promise<{ status: number; detail: string; up: string }> {
  const [ready, metrics] = await Promise.all([fetch(`${url}/-/ready`), fetch(`${url}/metrics`)]);
  const { detail = "" } = (await ready.json()) as { detail?: string };
  const [, up = ""] = /^rollguard_store_up (\d)$/m.exec(await metrics.text()) ?? [];
  return { status: ready.status, detail, up };
}

/** Not ready before an alert has come, and ready again by itself. */
async function expectTold(server: ServeProcess, why: RegExp, fail: () => unknown, mend: () => unknown) {
  expect(await told(server)).toEqual({ status: 200, detail: "", up: "1" });
  await fail();
  expect(await told(server)).toEqual({ status: 503, detail: expect.stringMatching(why), up: "0" });
  expect((await fetch(`${server.url}/-/healthy`)).status).toBe(200);
  expect((await fire(server.url, "ErrorsSpike")).status).toBe(503);
  await mend();
  expect(await told(server)).toEqual({ status: 200, detail: "", up: "1" });
  expect((await fire(server.url, "ErrorsSpike")).status).toBe(200);
}

describe("a responder is ready while a rollback could be committed", () => {
  it("to Redis: not when that is out of memory", async () => {
    const redis = await running.start(startRedis());
    const server = await serve({ ROLLGUARD_REDIS_URL: redis.url });
    const memory = (most: string) => () => redis.call("CONFIG", "SET", "maxmemory", most);
    await expectTold(server, /OOM/, memory("1"), memory("0"));
  });

  it("to its disk: not when that takes no more", async () => {
    const server = await serve({});
    const limit = (most: string) => async () => {
      const args = ["--pid", `${server.child.pid}`, `--fsize=${most}:unlimited`];
      const { ended } = await startProcess({ name: "prlimit", command: "prlimit", args });
      expect((await ended).code).toBe(0);
    };
    await expectTold(server, /failed: /, limit("4096"), limit("unlimited"));
  });
});
