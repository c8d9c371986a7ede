import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import request from "supertest";
import { withKeys } from "../../../src/app/gather-evidence/with-keys.ts";
import { startTestApp, type TestApp } from "../../support/http-app.ts";
import { policyOf } from "../../support/policies.ts";
import { bulk, NOW, single, turnOff } from "./ofrep-shop.ts";

const shop = policyOf({
  flags: [
    { key: "search" },
    { key: "traffic", rolloutPercentage: 30 },
    { key: "half", rolloutPercentage: 50 },
    { key: "gone", enabled: false },
    {
      key: "pilot",
      rolloutPercentage: 10,
      targeting: { users: new Set(["ada"]), regions: new Set(), rules: [] },
    },
  ],
});
const context = (targetingKey: string) => ({ context: { targetingKey } });

let app: TestApp;
beforeEach(async () => {
  app = await startTestApp({ policies: [shop], now: NOW });
});
afterEach(() => app.stop());

/** The series of one metric: `flag,variant` or `kind`, and its value. */
async function series(metric: string): Promise<Map<string, number>> {
  const { text } = await request(app.app).get("/metrics");
  const found = text.matchAll(new RegExp(`^${metric}\\{application="shop",([^}]+)\\} (\\S+)$`, "gm"));
  return new Map(
    [...found].map(([, labels = "", value]) => [
      [...labels.matchAll(/"([^"]*)"/g)].map(([, label]) => label).join(),
      Number(value),
    ]),
  );
}
const evaluations = () => series("rollguard_flag_evaluations_total");
const keys = () => series("rollguard_flag_keys_estimate");

async function setPercentage(flag: string, rolloutPercentage: number): Promise<void> {
  const reply = await request(app.app)
    .put(`/api/v1/applications/shop/flags/${flag}`)
    .send({ rolloutPercentage, reason: "as the test needs it" });
  if (reply.status !== 200) throw new Error(reply.text);
}

describe("what is counted of evaluations", () => {
  it("is each value that was told, by flag and variant", async () => {
    await single(app, "search", context("ada"));
    await single(app, "search", context("bob"));
    await single(app, "gone", context("ada"));
    expect(await evaluations()).toEqual(
      new Map([
        ["search,on", 2],
        ["search,off", 0],
        ["gone,on", 0],
        ["gone,off", 1],
      ]),
    );
    const { etag = "" } = (await bulk(app, context("ada"))).headers;
    expect((await bulk(app, context("ada"), { headers: { "If-None-Match": etag } })).status).toBe(304);
    // A 304 says the same values again.
    const counted = await evaluations();
    expect([counted.get("search,on"), counted.get("gone,off"), counted.get("pilot,on")]).toEqual([4, 3, 2]);
    expect(await series("rollguard_flag_requests_total")).toEqual(
      new Map([
        ["single", 3],
        ["bulk", 2],
      ]),
    );
  });

  it("is no value that could not be told, and no flag that no policy has", async () => {
    await single(app, "half", { context: {} });
    await single(app, "nothing", context("ada"));
    await single(app, "half", "no json");
    await bulk(app, { context: {} });
    expect([...(await evaluations()).keys()].filter((label) => /half|nothing/.test(label))).toEqual([]);
  });

  it("goes on when a flag is changed", async () => {
    await single(app, "search", context("ada"));
    await turnOff(app, "search");
    await single(app, "search", context("ada"));
    const counted = await evaluations();
    expect([counted.get("search,on"), counted.get("search,off")]).toEqual([1, 1]);
  });
});

describe("the keys that a percentage has decided for", () => {
  const visit = async (users: number): Promise<void> => {
    for (let user = 0; user < users; user += 1) await single(app, "half", context(`user-${user}`));
  };

  it("are counted once each, by variant", async () => {
    await visit(40);
    await visit(40);
    const seen = await keys();
    const [on = 0, off = 0] = [seen.get("half,on"), seen.get("half,off")];
    expect(on + off).toBe(40);
    expect(Math.min(on, off)).toBeGreaterThan(8);
    expect((await evaluations()).get("half,on")).toBe(2 * on);
  });

  it("are also those who ask for all flags, and are not who is targeted, nor of a flag that is the same for all", async () => {
    await bulk(app, context("ada"));
    await bulk(app, context("bob"));
    const seen = await keys();
    expect((seen.get("pilot,on") ?? 0) + (seen.get("pilot,off") ?? 0)).toBe(1);
    expect([...seen.keys()].filter((label) => /search|gone/.test(label))).toEqual([]);
  });

  it("are counted anew at every percentage, and not at all once it decides for nobody", async () => {
    await visit(30);
    await setPercentage("half", 60);
    // Nobody has asked yet.
    expect((await keys()).has("half,on")).toBe(false);
    await visit(10);
    const seen = await keys();
    expect((seen.get("half,on") ?? 0) + (seen.get("half,off") ?? 0)).toBe(10);
    await turnOff(app, "half");
    await visit(1);
    expect((await keys()).has("half,on")).toBe(false);
    expect((await evaluations()).get("half,off")).toBeGreaterThan(0);
  });

  it("are evidence for whoever looks at a stage, while they are drawn", async () => {
    const evidence = { rollout: "ro-1", stage: 0, takenAt: NOW, values: new Map(), blindness: [] };
    expect(await withKeys(evidence, shop, app)).toBe(evidence);
    for (let user = 0; user < 30; user += 1) await single(app, "traffic", context(`user-${user}`));
    const { keys: seen } = await withKeys(evidence, shop, app);
    expect(seen).toMatchObject({ flag: "traffic", percentage: 30 });
    expect((seen?.treatment ?? 0) + (seen?.control ?? 0)).toBe(30);
    expect(seen?.sampled).toEqual({ treatment: seen?.treatment, control: seen?.control });
    await turnOff(app, "traffic");
    expect(await withKeys(evidence, shop, app)).toBe(evidence);
  });

  it("stay when something else is changed", async () => {
    await visit(20);
    await turnOff(app, "search");
    await visit(21);
    const seen = await keys();
    expect((seen.get("half,on") ?? 0) + (seen.get("half,off") ?? 0)).toBe(21);
  });
});
