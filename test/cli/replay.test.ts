import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { startServer } from "../../src/compose.ts";
import { Stopper } from "../support/stopper.ts";
import { type Ran, run } from "./run.ts";
import { BANK, fire, type Place, placeFor, SHOP, settingsIn } from "./shop.ts";

const running = new Stopper();
afterAll(() => running.stop());

let place: Place;

const steady = (text: string): string =>
  text.replaceAll(/rb-(\d+)-\w+/g, "rb-$1-x").replaceAll(place.directory, "<directory>");

interface Recorded {
  readonly name: string;
  readonly status?: "firing" | "resolved";
  readonly application?: string;
  readonly at?: string;
}

async function record(file: string, ...alerts: readonly (Recorded | unknown[])[]): Promise<string> {
  const members = alerts.map((alert) => {
    if (Array.isArray(alert)) return alert;
    const { name, status = "firing", application = "shop", at = "2026-11-20T03:00:00Z" } = alert as Recorded;
    return { status, labels: { alertname: name, application }, startsAt: at };
  });
  return await place.write(file, JSON.stringify({ version: "4", alerts: members }));
}

const replay = (argv: readonly string[], more: Record<string, string> = {}): Promise<Ran> =>
  run(["replay", ...argv], { environment: { ...place.environment, ...more } });

beforeAll(async () => {
  place = await placeFor({ "shop.yaml": SHOP, "bank.yaml": BANK });
  running.add(place.remove);
});

describe("replay", () => {
  it("decides webhooks in their order, each on what the ones before it left", async () => {
    const first = await record("first.json", { name: "TestsFail" }, { name: "Warm" }, []);
    const second = await record(
      "second.json",
      { name: "ErrorsSpike", at: "2026-11-20T03:01:00Z" },
      { name: "TestsFail" },
      { name: "TestsFail", application: "pub" },
    );
    const third = await record("third.json", {
      name: "ErrorsSpike",
      status: "resolved",
      at: "2026-11-20T03:01:00Z",
    });
    const none = await record("none.json");
    const { code, stdout, stderr } = await replay([first, second, third, none]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(steady(stdout)).toBe(`\
2026-11-20T03:00:00Z  <directory>/first.json
  TestsFail firing: rolled_back (shop, phase, rb-1-x): TestsFail is firing
    traffic 100 -> 30 %
    checkout  100 % -> 30 %
    cache     50 % -> off
  Warm firing: no_trigger (shop)
  alerts[2] is no alert: expected an object

2026-11-20T03:01:00Z  <directory>/second.json
  ErrorsSpike firing: escalated (shop, safe-state, rb-1-x): ErrorsSpike is firing
    traffic 30 -> 0 %
    checkout  30 % -> off
  TestsFail firing: duplicate (shop, phase, rb-1-x)
  TestsFail firing: unknown_application (pub)

2026-11-20T03:01:00Z  <directory>/third.json
  ErrorsSpike resolved: resolved (shop, safe-state, rb-1-x)

2026-11-20T03:01:00Z  <directory>/none.json
  no alerts are in it

4 webhooks, 7 alerts: 1 rolled_back, 1 no_trigger, 1 escalated, 1 duplicate, 1 unknown_application, 1 resolved, 1 invalid_alert; nothing was committed
`);
  });

  it("is for programs too", async () => {
    const file = await record("json.json", { name: "TestsFail" }, []);
    const { stdout } = await replay([file, "--json", "--application", "bank"]);
    const [decided, rejected, ...more] = stdout.trimEnd().split("\n");
    expect(JSON.parse(decided ?? "")).toMatchObject({
      file,
      at: "2026-11-20T03:00:00.000Z",
      alert: "TestsFail",
      application: "bank",
      reason: "rolled_back",
      traffic: { before: 100, after: 30 },
    });
    expect(JSON.parse(rejected ?? "")).toMatchObject({ file, index: 1, reason: "invalid_alert" });
    expect(more).toEqual([]);
  });

  it("tries another policy", async () => {
    const file = await record("tried.json", { name: "TestsFail" });
    const other = await place.write("other.yml.txt", SHOP.replace("trafficCap: 30", "trafficCap: 12"));
    expect((await replay([file, "--policy", other])).stdout).toContain("traffic 100 -> 12 %\n");
    const broken = await place.write("broken.yml.txt", "application: 1\n");
    const { code, stdout, stderr } = await replay([file, "--policy", broken]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain("the policies are not right:\n");
  });

  it("begins with what the store holds, if that is wanted, and leaves it as it is", async () => {
    const file = await record("state.json", { name: "ErrorsSpike", at: "2030-01-01T00:00:00Z" });
    const server = await startServer(settingsIn(place.environment));
    await fire(server.url, "TestsFail");
    const status = async (): Promise<string> =>
      (await run(["status", "--json"], { environment: { ...place.environment } })).stdout;
    const before = await status();
    const { stdout } = await replay([file, "--state"]);
    expect(steady(stdout)).toContain("ErrorsSpike firing: escalated (shop, safe-state, rb-1-x)");
    expect((await replay([file])).stdout).toContain(
      "ErrorsSpike firing: rolled_back (shop, safe-state, rb-1-",
    );
    expect(JSON.parse(await status()).applications[0].revision).toBe(
      JSON.parse(before).applications[0].revision,
    );
    await server.stop();
  });

  it("fails on what is no webhook, before anything is told", async () => {
    const good = await record("good.json", { name: "TestsFail" });
    const files: [string, RegExp][] = [
      ["{", /bad.json: the body is no JSON: /],
      ["[]", /bad.json: the body is a bare array: Prometheus is pointed straight here/],
      ["{}", /bad.json: alerts: expected an array/],
    ];
    for (const [text, told] of files) {
      const bad = await place.write("bad.json", text);
      const ran = await replay([good, bad]);
      expect(ran).toMatchObject({ code: 1, stdout: "", stderr: expect.stringMatching(told) });
    }
    expect(await replay([good, `${good}.none`])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/good.json.none does not exist\n$/),
    });
  });

  it("called wrongly does nothing", async () => {
    const file = await record("called.json");
    for (const argv of [[], [file, "--application", "pub"], [file, "--commit"]])
      expect(await replay(argv)).toMatchObject({ code: 2, stdout: "" });
  });
});
