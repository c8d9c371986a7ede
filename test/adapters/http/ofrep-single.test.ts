import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import request from "supertest";
import { startTestApp, type TestApp } from "../../support/http-app.ts";
import { policyOf } from "../../support/policies.ts";
import { shop, single, turnOff } from "./ofrep-shop.ts";

const ada = { context: { targetingKey: "ada" } };
const bob = { context: { targetingKey: "bob" } };

let open: TestApp;
beforeAll(async () => {
  open = await startTestApp({ policies: [shop] });
});
afterAll(() => open.stop());

describe("one flag", () => {
  it.each([
    ["search", ada, { value: true, variant: "on", reason: "STATIC" }],
    [
      "gone",
      ada,
      { value: false, variant: "off", reason: "STATIC", metadata: { revision: 0, cause: "disabled" } },
    ],
    ["nobody", ada, { value: false, variant: "off", reason: "STATIC" }],
    ["half", ada, { value: expect.any(Boolean), reason: "SPLIT" }],
    ["forced", ada, { value: true, metadata: { revision: 0, override: "FORCED" } }],
    ["pilot", ada, { value: true, reason: "TARGETING_MATCH" }],
    ["pilot", bob, { value: false, reason: "STATIC" }],
    ["pilot", { context: { targetingKey: "bob", region: "eu" } }, { value: true, reason: "TARGETING_MATCH" }],
    ["search", { context: {} }, { value: true, reason: "STATIC" }],
    ["search", { context: { targetingKey: "" }, more: [] }, { value: true }],
  ])("%s, asked with %j", async (key, body, expected) => {
    const reply = await single(open, key, body);
    expect(reply.status).toBe(200);
    expect(reply.body).toMatchObject({ key, ...expected });
  });

  it("is asked for by the name of its application too", async () => {
    expect((await single(open, "search", ada, { application: "shop" })).body.value).toBe(true);
  });

  it("that a rollback turned off is false, never without a value, and its metadata says why", async () => {
    const killed = await startTestApp({ policies: [shop] });
    await single(killed, "search", ada);
    await turnOff(killed, "search");
    const { body } = await single(killed, "search", ada);
    expect(body).toEqual({
      key: "search",
      value: false,
      variant: "off",
      reason: "STATIC",
      metadata: { revision: 1, rollback: expect.stringMatching(/^rb-1-/), cause: "rollback" },
    });
    await killed.stop();
  });

  it.each([
    ["half", { context: {} }, 400, "TARGETING_KEY_MISSING"],
    ["half", { context: { targetingKey: "" } }, 400, "TARGETING_KEY_MISSING"],
    ["search", "", 400, "PARSE_ERROR"],
    ["search", '{"context":{}', 400, "PARSE_ERROR"],
    ["search", {}, 400, "INVALID_CONTEXT"],
    ["search", '{"__proto__":{"context":{}}}', 400, "INVALID_CONTEXT"],
    ["search", "[]", 400, "INVALID_CONTEXT"],
    ["search", "null", 400, "INVALID_CONTEXT"],
    ["search", { context: null }, 400, "INVALID_CONTEXT"],
    ["search", { context: [] }, 400, "INVALID_CONTEXT"],
    ["search", { context: "ada" }, 400, "INVALID_CONTEXT"],
    ["search", { context: { targetingKey: 7 } }, 400, "INVALID_CONTEXT"],
    ["search", { context: { targetingKey: null } }, 400, "INVALID_CONTEXT"],
    ["nothing", ada, 404, "FLAG_NOT_FOUND"],
    ["__proto__", ada, 404, "FLAG_NOT_FOUND"],
    ["constructor", ada, 404, "FLAG_NOT_FOUND"],
    ["a%2Fb", ada, 404, "FLAG_NOT_FOUND"],
    ["a/b", ada, 404, "FLAG_NOT_FOUND"],
    ["search%2F", ada, 404, "FLAG_NOT_FOUND"],
    ["%E4", ada, 404, "FLAG_NOT_FOUND"],
    ["%ZZ", ada, 404, "FLAG_NOT_FOUND"],
    [" ".padEnd(60, "x"), ada, 404, "FLAG_NOT_FOUND"],
  ])("%s, asked with %j, is %d %s", async (key, body, status, errorCode) => {
    const reply = await single(open, key, body);
    expect(reply.status).toBe(status);
    expect(reply.body.errorCode).toBe(errorCode);
  });

  it("is named in a failure as it was meant", async () => {
    expect((await single(open, "a%2Fb", ada)).body.key).toBe("a/b");
    expect((await single(open, "a/b", ada)).body.key).toBe("a/b");
  });

  it("is posted for, and the answer to anything else says so", async () => {
    for (const method of ["get", "put", "options"] as const) {
      const reply = await request(open.app)[method]("/ofrep/v1/evaluate/flags/search");
      expect(reply.status).toBe(405);
      expect(reply.headers.allow).toBe("POST");
      expect(reply.headers["access-control-allow-origin"]).toBeUndefined();
      expect(reply.body).toMatchObject({ key: "search", errorCode: "GENERAL" });
    }
  });

  it("is not logged, and counted", async () => {
    const counted = await startTestApp({ policies: [shop] });
    await single(counted, "search", ada);
    await single(counted, "half", {});
    const metrics = await request(counted.app).get("/metrics");
    expect(metrics.text).toContain('rollguard_flag_requests_total{application="shop",kind="single"} 1');
    expect(metrics.text).toContain('rollguard_flags_stale{application="shop"} 0');
    expect(metrics.text).toContain('rollguard_flags_lost{application="shop"} 0');
    expect(counted.log.filter(({ level }) => level !== "debug")).toEqual([]);
    await counted.stop();
  });
});

describe("which application", () => {
  it("that no policy names is not found", async () => {
    const reply = await single(open, "search", ada, { application: "__proto__" });
    expect(reply.status).toBe(404);
    expect(reply.body).toMatchObject({ key: "search", errorCode: "FLAG_NOT_FOUND" });
  });

  it("is said where there are several: the first would be a guess", async () => {
    const two = await startTestApp({ policies: [shop, policyOf({ application: "blog" })] });
    const reply = await single(two, "search", ada);
    expect(reply.status).toBe(404);
    expect(reply.body.errorDetails).toContain("(shop, blog)");
    expect((await single(two, "traffic", ada, { application: "blog" })).status).toBe(200);
    await two.stop();
  });
});
