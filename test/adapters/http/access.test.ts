import { describe, expect, it } from "@jest/globals";
import request from "supertest";
import { type Credential, digestOf } from "../../../src/adapters/http/access.ts";
import { startTestApp } from "../../support/http-app.ts";
import { policyOf } from "../../support/policies.ts";
import { webhookBody } from "../../support/webhook-bodies.ts";

const shop = policyOf({});

describe("tokens", () => {
  const credential = (role: Credential["role"], token: string): Credential => ({
    role,
    name: role,
    digest: digestOf(token),
  });
  const credentials = [
    credential("webhook", "old-token"),
    credential("webhook", "new-token"),
    credential("viewer", "viewer-token"),
    credential("operator", "operator-token"),
  ];
  const body = webhookBody([]);

  async function statuses(
    options: { credentials?: Credential[]; loopback?: boolean },
    token?: string,
  ): Promise<number[]> {
    const guarded = await startTestApp({ policies: [shop], ...options });
    const header: Record<string, string> = token === undefined ? {} : { Authorization: `Bearer ${token}` };
    const replies = [
      await request(guarded.app).post("/api/v1/alerts").set(header).send(body),
      await request(guarded.app).get("/api/v1/applications").set(header),
      await request(guarded.app).post("/-/reload").set(header),
      await request(guarded.app).get("/metrics").set(header),
    ];
    await guarded.stop();
    return replies.map(({ status }) => status);
  }

  it.each([
    ["old-token", [200, 403, 403, 200]],
    ["new-token", [200, 403, 403, 200]],
    ["viewer-token", [403, 200, 403, 200]],
    ["operator-token", [200, 200, 200, 200]],
    ["wrong", [401, 401, 401, 200]],
    [undefined, [401, 401, 401, 200]],
  ])("%s may: webhook, read, reload, metrics %j", async (token, expected) => {
    expect(await statuses({ credentials, loopback: false }, token)).toEqual(expected);
  });

  it("are not needed on loopback unless there are some for that", async () => {
    expect(await statuses({ loopback: true })).toEqual([200, 200, 200, 200]);
    expect(await statuses({ loopback: true, credentials: [credential("webhook", "t")] })).toEqual([
      401, 200, 200, 200,
    ]);
  });

  it("are asked for where others can reach, even when there are none", async () => {
    expect(await statuses({ loopback: false })).toEqual([401, 401, 401, 200]);
  });

  it("are asked for in the words of RFC 6750", async () => {
    const guarded = await startTestApp({ policies: [shop], credentials });
    const reply = await request(guarded.app)
      .post("/api/v1/alerts")
      .set("Authorization", "Basic eDp5")
      .send(body);
    const lower = await request(guarded.app)
      .post("/api/v1/alerts")
      .set("Authorization", "bearer new-token")
      .send(body);
    await guarded.stop();
    expect(reply.headers["www-authenticate"]).toContain("Bearer");
    expect(reply.body.code).toBe("unauthorized");
    expect(lower.status).toBe(200);
  });
});

describe("what is open on loopback", () => {
  const fire = async (header: Record<string, string>, credentials: Credential[] = []): Promise<number[]> => {
    const open = await startTestApp({ policies: [shop], credentials });
    const replies = [
      await request(open.app).post("/api/v1/alerts").set(header).send(webhookBody([])),
      await request(open.app).get("/api/v1/applications").set(header),
      await request(open.app).post("/-/reload").set(header),
    ];
    await open.stop();
    for (const { status, body } of replies) if (status !== 200) expect(body.code).toBe("forbidden");
    return replies.map(({ status }) => status);
  };

  it.each([
    { Origin: "https://evil.example" },
    { Origin: "null" },
    { Origin: "http://localhost:3000", Host: "localhost:9095" },
    { Origin: "http://evil.example", Host: "evil.example" },
    { "Sec-Fetch-Site": "cross-site" },
    { "Sec-Fetch-Site": "same-site" },
    { Host: "evil.example:9095" },
    { Host: "127.0.0.1.evil.example" },
    { Host: "localhost.evil.example" },
    { Host: "10.0.0.1:9095" },
  ])("is closed to pages of the web: %j", async (header) => {
    expect(await fire(header as Record<string, string>)).toEqual([403, 403, 403]);
  });

  it.each([
    { Host: "localhost:9095" },
    { Host: "LOCALHOST" },
    { Host: "127.1.2.3:1" },
    { Host: "[::1]:9095" },
    { "Sec-Fetch-Site": "none" },
    { "Sec-Fetch-Site": "same-origin" },
    { Origin: "http://localhost:9095", Host: "localhost:9095" },
  ])("is open to programs of this machine: %j", async (header) => {
    expect(await fire(header as Record<string, string>)).toEqual([200, 200, 200]);
  });

  it("asks nothing of the kind of whoever brings a token", async () => {
    const credentials: Credential[] = [{ role: "operator", name: "ada", digest: digestOf("t") }];
    const header = { Authorization: "Bearer t", Origin: "https://ops.example", Host: "rollguard.example" };
    expect((await fire(header, credentials)).slice(1)).toEqual([200, 200]);
  });
});
