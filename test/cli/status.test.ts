import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type RunningServer, startServer } from "../../src/compose.ts";
import { type RedisServer, startRedis } from "../support/redis-server.ts";
import { Stopper } from "../support/stopper.ts";
import { expectGolden } from "./golden.ts";
import { type Ran, run } from "./run.ts";
import { BANK, fire, type Place, placeFor, SHOP, settingsIn } from "./shop.ts";

const running = new Stopper();

afterAll(() => running.stop());

async function transcripts(environment: Record<string, string>, ...calls: string[][]): Promise<string> {
  const texts: string[] = [];
  for (const argv of calls) texts.push((await run(argv, { environment })).transcript);
  return texts.join("\n");
}

describe("status and flags, from a running server", () => {
  let place: Place;
  let server: RunningServer;
  let environment: Record<string, string>;

  beforeAll(async () => {
    place = await placeFor({ "shop.yaml": SHOP, "bank.yaml": BANK });
    running.add(place.remove);
    environment = { ...place.environment };
    server = await running.start(startServer(settingsIn(environment)));
    expect((await fire(server.url, "TestsFail")).status).toBe(200);
    expect((await fire(server.url, "ErrorsSpike")).status).toBe(200);
  });

  it("are for people", async () => {
    const calls = [
      ["status"],
      ["status", "--application", "bank"],
      ["flags", "list", "--application", "shop"],
      ["flags", "get", "warm_cache", "--application", "shop"],
      ["flags", "list"],
      ["flags", "get", "cash", "--application", "shop"],
      ["status", "--application", "pub"],
    ];
    expectGolden("status", await transcripts(environment, ...calls));
  });

  it("are for programs too, in the words of the API", async () => {
    const api = async (path: string): Promise<unknown> =>
      (await fetch(`${server.url}/api/v1/applications/${path}`)).json();
    const json = async (...argv: string[]): Promise<unknown> => {
      const { code, stdout, stderr } = await run([...argv, "--json"], { environment });
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      return JSON.parse(stdout);
    };
    expect(await json("status")).toEqual({ applications: [await api("bank"), await api("shop")] });
    expect(await json("status", "--application", "shop")).toEqual({ applications: [await api("shop")] });
    expect(await json("flags", "list", "--application", "shop")).toEqual(await api("shop/flags"));
    expect(await json("flags", "get", "cache", "--application", "shop")).toEqual(
      await api("shop/flags/cache"),
    );
  });

  it("ask the one at ROLLGUARD_URL, and nobody else when that does not answer", async () => {
    const asked = await run(["status"], { environment: { ROLLGUARD_URL: `${server.url}/` } });
    expect(asked).toMatchObject({ code: 0, stderr: "" });
    const nobody = await run(["status"], {
      environment: { ...environment, ROLLGUARD_URL: "http://127.0.0.1:1" },
    });
    expect(nobody).toMatchObject({ code: 1, stdout: "" });
    expect(nobody.stderr).toMatch(/^rollguard status: http:\/\/127\.0\.0\.1:1: .*ROLLGUARD_URL\n$/);
  });

  it("say so when something else answers there", async () => {
    const other = createServer((_request, response) => response.end("<html>"));
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    const ran = await run(["status"], { environment: { ROLLGUARD_URL: url } });
    other.closeAllConnections();
    other.close();
    expect(ran).toMatchObject({ code: 1, stdout: "" });
    expect(ran.stderr).toContain("what answers there is no Rollguard");
  });

  it("bring a token where one is needed", async () => {
    const guarded = await placeFor({ "shop.yaml": SHOP });
    running.add(guarded.remove);
    const sha256 = "3c469e9d6c5875d37a43f353d4f88e61fcf812c66eee3457465a40b0da4153e0";
    const tokens = await guarded.write("tokens", `viewer ada ${sha256}\n`);
    const settings = { ...guarded.environment, ROLLGUARD_TOKENS_FILE: tokens };
    const { url } = await running.start(startServer(settingsIn(settings)));
    const status = (more: Record<string, string>): Promise<Ran> =>
      run(["status"], { environment: { ROLLGUARD_URL: url, ...more } });

    const without = await status({});
    expect(without).toMatchObject({ code: 1, stdout: "" });
    expect(without.stderr).toMatch(/401 .*; set ROLLGUARD_TOKEN\n$/);
    expect(await status({ ROLLGUARD_TOKEN: "wrong" })).toMatchObject({ code: 1 });
    expect(await status({ ROLLGUARD_TOKEN: "token" })).toMatchObject({ code: 0, stderr: "" });
    const file = await guarded.write("token", "token\n");
    expect(await status({ ROLLGUARD_TOKEN_FILE: file })).toMatchObject({ code: 0 });
    expect(await status({ ROLLGUARD_TOKEN_FILE: `${file}s-none` })).toMatchObject({ code: 2 });
    const twoLines = await status({ ROLLGUARD_TOKEN: "secret\nX-Injected: 1" });
    expect(twoLines).toMatchObject({ code: 2 });
    expect(twoLines.stderr).not.toContain("secret");
  });
});

describe.each(["embedded", "redis"] as const)("status and flags without a server, from %s itself", (kind) => {
  let environment: Record<string, string>;
  let redis: RedisServer | undefined;

  beforeAll(async () => {
    const place = await placeFor({ "shop.yaml": SHOP });
    running.add(place.remove);
    environment = { ...place.environment };
    if (kind === "redis") {
      redis = await running.start(startRedis());
      environment.ROLLGUARD_REDIS_URL = redis.url;
    }
  });

  it("show what the server left", async () => {
    const server = await startServer(settingsIn(environment));
    await fire(server.url, "TestsFail");
    const flags = ["flags", "list", "--json"];
    const before = await run(flags, { environment });
    await server.stop();
    const after = await run(flags, { environment });
    expect(after).toMatchObject({ code: 0, stdout: before.stdout });
    expect(after.stderr).toMatch(
      /^no server answers at http:\/\/127\.0\.0\.1:\d+: read from the store itself\n$/,
    );
    expectGolden(
      "status-from-store",
      await transcripts(environment, ["flags", "list"], ["flags", "get", "cache"]),
    );
    const { stdout } = await run(["status"], { environment });
    expect(stdout).toMatch(
      /^shop: 30 % of traffic, revision 1, 2 flags on, 3 off\n {2}rollback rb-1-\w+: phase, /,
    );
    for (const flag of ["cache", "checkout"]) expect(stdout).toContain(`  in quarantine: ${flag}, `);
  });

  it("fail when that is away too", async () => {
    await redis?.kill();
    const away = { ...environment, ROLLGUARD_DATA: `${environment.ROLLGUARD_DATA}-none` };
    const { code, stdout, stderr } = await run(["status"], { environment: away });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(
      kind === "redis" ? /rollguard status: Redis at .* failed/ : /there is no data in .*start the server/,
    );
  });
});
