import { afterEach, describe, expect, it } from "@jest/globals";
import request from "supertest";
import { digestOf } from "../../../src/adapters/http/access.ts";
import { APP, fire, get, NOW, rollBack, start, stop } from "./rollback-shop.ts";

afterEach(() => stop());

describe("a report over HTTP", () => {
  it("is JSON without being asked for anything else", async () => {
    const app = await start();
    const rollback = await fire(app);
    const { body, type } = await get(app, "reports/incident").expect(200);
    expect(type).toBe("application/json");
    expect(body).toMatchObject({
      kind: "incident",
      application: "shop",
      status: "VERIFYING",
      rollback: { id: rollback, tier: "phase", trigger: "TestsFail" },
      traffic: { before: 100, after: 30 },
      reportedAt: new Date(NOW).toISOString(),
      durations: expect.arrayContaining([expect.objectContaining({ part: "detected", seconds: 1 })]),
    });
    expect(body.flags).toContainEqual({ flag: "cache", before: "100 %", after: "off" });
  });

  it.each([
    ["md", "text/markdown", /^# shop: rollback rb-1-\w+, phase, because of TestsFail\n/],
    ["html", "text/html", /^<!doctype html>\n/],
  ])("is written as %s", async (format, type, begin) => {
    const app = await start();
    await fire(app);
    const answer = await get(app, `reports/incident?format=${format}`).expect(200);
    expect(answer.type).toBe(type);
    expect(answer.text).toMatch(begin);
    expect(answer.headers["content-security-policy"]).toContain("default-src 'none'");
    expect(answer.headers["x-content-type-options"]).toBe("nosniff");
  });

  it("is of the rollback that is named", async () => {
    const app = await start();
    const id = await rollBack(app);
    const { body } = await get(app, `reports/incident?rollback=${id}`).expect(200);
    expect(body).toMatchObject({
      rollback: { id, startedBy: expect.any(String), reason: "by hand" },
      alert: null,
    });
    const { body: problem } = await get(app, "reports/incident?rollback=rb-9-x").expect(404);
    expect(problem).toMatchObject({
      code: "not_found",
      detail: expect.stringContaining("rb-9-x is not remembered"),
    });
  });

  it("of the last day needs no rollout", async () => {
    const { body } = await get(await start(), "reports/daily").expect(200);
    expect(body).toMatchObject({ kind: "daily", status: "NO ROLLOUT", unknown: expect.any(Array) });
    expect(body.unknown.join()).toContain("ROLLGUARD_ALERTMANAGER_URL");
  });

  it.each([
    ["reports/stage", 404, "there has been no rollout yet"],
    ["reports/day?day=1", 404, "there has been no rollout yet"],
    ["reports/final", 404, "there has been no rollout yet"],
    ["reports/incident", 404, "there has been no rollback yet"],
    ["reports/weekly", 400, "kind: expected one of stage, day, final, incident, daily"],
    ["reports/daily?format=pdf", 400, "format: expected one of md, html, json"],
    ["reports/daily?stage=1", 400, "stage: a daily report takes format"],
    ["reports/stage?rollback=x", 400, "rollback: a stage report takes format and stage"],
    ["reports/stage?stage=0", 400, "stage: expected a whole number from 1"],
    ["reports/stage?stage=1&stage=2", 400, "stage: expected a whole number from 1"],
    ["reports/day?day=x", 400, "day: expected a whole number from 1"],
    ["reports/incident?rollback=", 400, "rollback: expected the id of one rollback"],
    ["reports/incident?rollback=a&rollback=b", 400, "rollback: expected the id of one rollback"],
  ])("%s is refused with %d", async (path, status, detail) => {
    const answer = await get(await start(), path).expect(status);
    expect(answer.type).toBe("application/problem+json");
    expect(answer.body.detail).toContain(detail);
  });

  it("of an application that nobody knows is refused, and so is any other method", async () => {
    const { app } = await start();
    const unknown = await request(app).get("/api/v1/applications/nobody/reports/daily").expect(404);
    expect(unknown.body.code).toBe("unknown_application");
    await request(app).post(`${APP}/reports/daily`).expect(405);
  });

  it("is for viewers", async () => {
    const credentials = [
      { role: "viewer", name: "eve", digest: digestOf("viewing") },
      { role: "client", name: "web", digest: digestOf("evaluating") },
    ] as const;
    const app = await start({ credentials, loopback: false });
    await get(app, "reports/daily").expect(401);
    await get(app, "reports/daily").set("Authorization", "Bearer evaluating").expect(403);
    await get(app, "reports/daily").set("Authorization", "Bearer viewing").expect(200);
  });
});
