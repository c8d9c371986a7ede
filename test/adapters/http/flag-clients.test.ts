import { connect, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import request from "supertest";
import { until } from "../../support/until.ts";
import { StreamShop, seeing } from "./stream-shop.ts";

let shop: StreamShop;

beforeEach(async () => {
  shop = new StreamShop();
  await shop.start();
});

afterEach(() => shop.stop());

describe("clients", () => {
  test("are counted in the status and the metrics, by whether they have these flags", async () => {
    await shop.listen("a");
    const b = await shop.listen("b");
    shop.evaluate("poller", 0);
    await shop.fire("CacheBroken");
    await seeing(b, ["1"]);
    shop.evaluate("a", 1);
    const { body } = await request(shop.server).get("/api/v1/applications/shop").expect(200);
    expect(body.flagClients).toEqual({ current: 1, stale: 2 });
    expect(await shop.metrics()).toContain('rollguard_flag_clients{application="shop",state="stale"} 2');
    b.close();
    await until(
      "one to be gone",
      () => shop.metrics(),
      (text) => text.includes('state="stale"} 1'),
    );
  });

  test("are part of a rollback's timeline: how many it reached, and how fast", async () => {
    const stream = [await shop.listen("a"), await shop.listen("b")];
    const { body } = await shop.fire("CacheBroken");
    const path = `/api/v1/applications/shop/rollbacks/${body.decisions[0].rollback}`;
    const timeline = async () => (await request(shop.server).get(path).expect(200)).body;
    await Promise.all(stream.map((one) => seeing(one, ["1"])));
    expect((await timeline()).propagation).toBeNull();
    shop.evaluate("a", 1);
    shop.now += 180;
    shop.evaluate("b", 1);
    const { propagation, durations } = await until(
      "it to be told",
      timeline,
      (told) => told.propagation !== null,
    );
    expect(propagation).toEqual({ clients: 2, reached: 2, seconds: 0.18, waitedSeconds: 10 });
    expect(durations.propagated).toBe(0.18);
    expect(await shop.metrics()).toContain('rollguard_rollback_duration_seconds_count{phase="propagate"} 1');
    const { revision } = await shop.app.store.read("shop");
    expect(revision).toBe(1);
  });

  test("that do not read are cut off, and nothing is kept for them", async () => {
    await shop.restart({ heartbeat: 1 });
    const reader = await shop.listen("reader");
    const url = new URL(shop.evaluate("slow", 0));
    const socket: Socket = connect(Number(url.port), url.hostname).pause();
    socket.on("error", () => undefined);
    socket.write(`GET ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\n\r\n`);
    await until(
      "both",
      () => shop.app.clients.flagClients.count("shop").current,
      (count) => count === 2,
    );
    for (let round = 0; round < 400 && shop.app.clients.flagClients.count("shop").current === 2; round += 1) {
      const [served] = await shop.app.flags.all();
      const followed = await shop.app.clients.flagClients.follow("shop");
      if (served === undefined) throw new Error("nothing is served");
      for (let change = 0; change < 500; change += 1) followed?.tell(served);
      shop.evaluate("reader", 0);
      shop.evaluate("slow", 0);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until(
      "the slow one to be gone",
      () => shop.count(),
      (seen) => seen === 1,
    );
    expect(reader.ids().length).toBeGreaterThan(1_000);
    socket.destroy();
  });
});
