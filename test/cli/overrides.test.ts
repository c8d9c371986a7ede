import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { startServer } from "../../src/compose.ts";
import { withOverrides } from "../../src/domain/override.ts";
import { Stopper } from "../support/stopper.ts";
import { type CliServer, policiesFrom, startCliServer } from "./cli-server.ts";
import { ROLLBACK_SHOP } from "./rollback-shop.ts";
import { ROLLOUT_SHOP } from "./rollout-shop.ts";
import { type Ran, run } from "./run.ts";
import { fire, type Place, placeFor, SHOP, settingsIn } from "./shop.ts";

const running = new Stopper();
afterAll(() => running.stop());

const KEPT = "the environment override keeps cache on for everybody: unset CACHE and restart Rollguard";

async function serverWith(overrides: Record<string, boolean>, text = ROLLBACK_SHOP): Promise<CliServer> {
  const policies = (await policiesFrom(text)).map((policy) =>
    withOverrides(policy, new Map(Object.entries(overrides))),
  );
  return await running.start(startCliServer({ policies }));
}

const stdoutOf = async (ran: Promise<Ran>): Promise<string> => {
  const { code, stdout, stderr } = await ran;
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout;
};

describe("overrides at the command line", () => {
  it("are in status and in the list of flags, with their variables", async () => {
    const { run: call } = await serverWith({ cache: true, warm_cache: false });
    const status = await stdoutOf(call(["status"]));
    expect(status).toContain("  cache: override on (CACHE), whatever else is set\n");
    expect(status).toContain("  warm_cache: override off (WARM_CACHE), whatever else is set\n");
    expect(await stdoutOf(call(["flags", "list"]))).toMatch(
      /^cache +on +50 +100 +6 +policy +- +override on \(CACHE\)$/m,
    );
    await call(["rollback", "--flag", "cache", "--reason", "drill"]);
    expect(await stdoutOf(call(["flags", "get", "cache"]))).toMatch(
      /^cache +off +0 +100 .* quarantined, override on \(CACHE\)$/m,
    );
  });

  it("that mask a rollback are told in a line of its own, before and after, and by its flag", async () => {
    const { run: call } = await serverWith({ cache: true });
    const argv = ["rollback", "--phase", "6", "--reason", "drill"];
    const dry = await stdoutOf(call([...argv, "--dry-run"]));
    expect(dry).toContain(`  WARNING: ${KEPT}\n`);
    expect(dry).toMatch(/^ +cache +50 % -> off +override on \(CACHE\)$/m);
    expect(dry).toMatch(/^ +checkout +100 % -> 30 %$/m);
    const done = await stdoutOf(call(argv));
    expect(done).toMatch(/^shop: rolled back \(phase\) by ada: drill\n {2}WARNING: /);
    expect(done).toMatch(/^ +cache +50 % -> off +override on \(CACHE\)$/m);
    expect(JSON.parse(await stdoutOf(call([...argv, "--json"])))).toMatchObject({ warning: KEPT });
  });

  it("that hold the kill switch are told where it is turned", async () => {
    const { run: call } = await serverWith({ panic: true });
    const off = await stdoutOf(call(["shutdown", "off", "--reason", "over", "--yes"]));
    expect(off).toContain(
      "shop: panic is off already\n  WARNING: the environment override keeps the kill switch panic on: unset PANIC",
    );
    expect(off).toContain("-> see what users meet: rollguard flags list\n");
    expect(off).not.toContain("every flag is what it was before");
    const dry = await stdoutOf(call(["shutdown", "off", "--dry-run"]));
    expect(dry).toContain("  WARNING: the environment override keeps the kill switch panic on");
  });

  it("mark the flags of a plan that they keep from moving", async () => {
    const { run: call } = await serverWith({ cache: false }, ROLLOUT_SHOP);
    const dry = await stdoutOf(call(["deploy", "--dry-run"]));
    expect(dry).toMatch(/^ +cache +off -> 50 % +override off \(CACHE\)$/m);
    expect(dry).toMatch(/^ +checkout +off -> 10 %$/m);
  });

  it("mark the flags that differ from a backup", async () => {
    const { run: call } = await serverWith({ cache: true });
    const place = await placeFor({});
    running.add(place.remove);
    const backup = `${place.directory}/backup.json`;
    await call(["flags", "backup", "--out", backup]);
    await call(["rollback", "--flag", "cache", "--reason", "drill"]);
    const diff = await call(["flags", "diff", backup]);
    expect(diff.stdout).toMatch(/^ +cache +50 % -> off +override on \(CACHE\)$/m);
    const { changed } = JSON.parse((await call(["flags", "diff", backup, "--json"])).stdout);
    expect(changed).toMatchObject([{ flag: "cache", override: true }, { flag: "warm_cache" }]);
    expect(changed[1]).not.toHaveProperty("override");
  });
});

describe("a place with overrides in its environment", () => {
  let place: Place;
  let environment: Record<string, string>;

  beforeAll(async () => {
    place = await placeFor({ "shop.yaml": SHOP });
    running.add(place.remove);
    environment = { ...place.environment, CACHE: "On" };
  });

  it("serves them, and without a server shows them from the store", async () => {
    const server = await startServer(settingsIn(environment));
    const { decisions } = (await (await fire(server.url, "TestsFail")).json()) as {
      decisions: readonly object[];
    };
    expect(decisions).toMatchObject([{ reason: "rolled_back", warning: KEPT }]);
    const from = await run(["flags", "list"], { environment });
    await server.stop();
    const { stdout, stderr } = await run(["flags", "list"], { environment });
    expect(stderr).toContain("read from the store itself");
    expect(stdout).toBe(from.stdout);
    expect(stdout).toMatch(/^cache +off +0 +100 .* override on \(CACHE\)$/m);
  });

  it("refuses to reload a policy whose flag has a variable with nonsense in it, and keeps the old one", async () => {
    const server = await running.start(startServer(settingsIn({ ...environment, SEARCH: "elastic" })));
    const reload = async (): Promise<{ status: number; detail: string }> => {
      const answer = await fetch(`${server.url}/-/reload`, { method: "POST" });
      const { detail } = (await answer.json()) as { detail: string };
      return { status: answer.status, detail };
    };
    const flags = async (): Promise<string> =>
      await (await fetch(`${server.url}/api/v1/applications/shop/flags`)).text();
    await place.write("shop.yaml", SHOP.replace("flags:\n", "flags:\n  search: {}\n"));
    expect(await reload()).toMatchObject({
      status: 422,
      detail: expect.stringContaining('SEARCH: "elastic" overrides nothing: '),
    });
    expect(await flags()).not.toContain("search");
    await place.write("shop.yaml", SHOP);
    expect(await reload()).toMatchObject({ status: 200 });
    expect(await flags()).toContain('"override":true');
    await server.stop();
  });

  it("does not start, nor show or replay anything, with nonsense in one; lint does not care", async () => {
    const wrong = { ...environment, CACHE: "enabled", CHECKOUT: "2" };
    const problems = /CHECKOUT: "2" overrides nothing: .*\n.*CACHE: "enabled" overrides nothing: /;
    const file = await place.write("webhook.json", JSON.stringify({ version: "4", alerts: [] }));
    for (const argv of [["serve"], ["status"], ["replay", file]]) {
      const { code, stdout, stderr } = await run(argv, { environment: wrong });
      expect({ argv, code, stdout }).toEqual({ argv, code: 1, stdout: "" });
      expect(stderr).toMatch(problems);
    }
    expect(await run(["lint", `${place.directory}/shop.yaml`], { environment: wrong })).toMatchObject({
      stderr: expect.not.stringContaining("override"),
    });
  });

  it("replays with them", async () => {
    const labels = { alertname: "TestsFail", application: "shop" };
    const alerts = [{ status: "firing", labels, startsAt: "2026-11-20T03:00:00Z" }];
    const file = await place.write("firing.json", JSON.stringify({ version: "4", alerts }));
    const { stdout } = await run(["replay", file], { environment });
    expect(stdout).toContain(`    WARNING: ${KEPT}\n`);
    expect(stdout).toMatch(/^ +cache +50 % -> off +override on \(CACHE\)$/m);
    const { stdout: json } = await run(["replay", file, "--json"], { environment });
    expect(JSON.parse(json)).toMatchObject({ warning: KEPT, detail: "TestsFail is firing" });
  });
});
