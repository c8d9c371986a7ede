import { afterAll, beforeEach, describe, expect, it } from "@jest/globals";
import { digestOf } from "../../src/adapters/http/access.ts";
import { Stopper } from "../support/stopper.ts";
import { type CliServer, policiesFrom, startCliServer } from "./cli-server.ts";
import { alertTo, ROLLBACK_SHOP } from "./rollback-shop.ts";

const running = new Stopper();
afterAll(() => running.stop());

let server: CliServer;

beforeEach(async () => {
  server = await running.start(startCliServer({ policies: await policiesFrom(ROLLBACK_SHOP) }));
});

const steady = (text: string): string => text.replaceAll(/rb-(\d+)-\w+/g, "rb-$1-x");
const EXPLAIN = "/api/v1/applications/shop/explain";

describe("explain", () => {
  it("tells what each trigger would do now", async () => {
    const { code, stdout, stderr } = await server.run(["explain"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toBe(`\
shop at revision 0: if it fired now

  TestsFail (phase)
    a rollback would begin: phase
    traffic 100 -> 30 %
    checkout  100 % -> 30 %
    cache     50 % -> off

  ErrorsSpike (safe-state)
    a rollback would begin: safe-state
    traffic 100 -> 0 %
    checkout  100 % -> off
    cache     50 % -> off
`);
  });

  it("tells why not more", async () => {
    await alertTo(server, "ErrorsSpike");
    const { stdout } = await server.run(["explain"]);
    expect(steady(stdout)).toBe(`\
shop at revision 1: if it fired now

  TestsFail (phase)
    absorbed by the open rollback rb-1-x: its tier safe-state is more severe, so nothing more would be turned down, and it would wait for this alert too
    traffic stays at 0 %

  ErrorsSpike (safe-state)
    it has been firing for 2s and is known: rollback rb-1-x waits until it resolves, and nothing more would be turned down
    traffic stays at 0 %
`);
    expect((await server.run(["status"])).stdout).toContain("revision 1,");
  });

  it("of one alert, trigger or not; and as JSON", async () => {
    expect((await server.run(["explain", "--alert", "Latency\u009b"])).stdout).toBe(`\
shop at revision 0: if it fired now

  Latency
    nothing would happen: the policy does not have it; these roll back: TestsFail, ErrorsSpike
    traffic stays at 100 %
`);
    const { stdout } = await server.run(["explain", "--alert", "TestsFail", "--json"]);
    const answer = await (await fetch(`${server.url}${EXPLAIN}?alert=TestsFail`)).json();
    expect(JSON.parse(stdout)).toEqual(answer);
    expect(answer).toMatchObject({
      application: "shop",
      revision: 0,
      alerts: [{ alert: "TestsFail", tier: "phase", reason: "rolled_back", until: null }],
    });
  });

  it("says when time alone will change it", async () => {
    const rollbacks = "rollbacks: { stormBreaker: { rollbacks: 1, within: 1h }, cooldown: 10m }\n";
    const policies = await policiesFrom(ROLLBACK_SHOP + rollbacks);
    const cooling = await running.start(startCliServer({ policies }));
    await alertTo(cooling, "ErrorsSpike");
    const id = JSON.parse((await cooling.run(["rollbacks", "--json"])).stdout).rollbacks[0].id;
    await cooling.run(["acknowledge", id, "--force", "--reason", "a test"]);
    await alertTo(cooling, "ErrorsSpike", "resolved");
    const { stdout } = await cooling.run(["explain"]);
    expect(stdout).toMatch(/cooldown for another 10m: .*; until 2026-11-20T03:10:00Z\n/);
    expect(stdout).toMatch(/the storm breaker is open for another 1h: .*; until 2026-11-20T04:00:00Z\n/);
  });

  it("says when there is nothing to explain", async () => {
    const policies = await policiesFrom(ROLLBACK_SHOP.replaceAll(/, rollback: [\w-]+/g, ""));
    const quiet = await running.start(startCliServer({ policies }));
    expect((await quiet.run(["explain"])).stdout).toBe("shop: no alert of its policy rolls back\n");
  });
});

describe("GET …/explain", () => {
  it("takes one name, and nothing but GET", async () => {
    for (const query of ["?alert=", "?alert=a&alert=b"])
      expect((await fetch(server.url + EXPLAIN + query)).status).toBe(422);
    expect((await fetch(server.url + EXPLAIN, { method: "POST" })).status).toBe(405);
    expect((await fetch(server.url + EXPLAIN.replace("shop", "pub"))).status).toBe(404);
  });

  it("is for viewers", async () => {
    const credentials = [
      { role: "viewer" as const, name: "grace", digest: digestOf("look") },
      { role: "webhook" as const, name: "alertmanager", digest: digestOf("hook") },
    ];
    const policies = await policiesFrom(ROLLBACK_SHOP);
    const { url } = await running.start(startCliServer({ policies, credentials }));
    const asked = async (token: string): Promise<number> =>
      (await fetch(url + EXPLAIN, { headers: { Authorization: `Bearer ${token}` } })).status;
    expect([await asked("look"), await asked("hook"), await asked("none")]).toEqual([200, 403, 401]);
  });
});
