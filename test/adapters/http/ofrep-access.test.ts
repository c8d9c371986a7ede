import { describe, expect, it } from "@jest/globals";
import request, { type Response } from "supertest";
import { type Credential, digestOf } from "../../../src/adapters/http/access.ts";
import { startTestApp } from "../../support/http-app.ts";
import { expectOfrep } from "../../support/ofrep-schema.ts";
import { bulk, shop, single } from "./ofrep-shop.ts";

const credentials = (["webhook", "client", "viewer", "operator"] as const).map(
  (role): Credential => ({ role, name: role, digest: digestOf(`${role}-token`) }),
);
const body = { context: { targetingKey: "ada" } };
const APP = "https://app.example";

/** What one application answers to each of these questions. */
async function answers<T>(
  options: Partial<Parameters<typeof startTestApp>[0]>,
  ask: (app: Awaited<ReturnType<typeof startTestApp>>) => Promise<T>,
): Promise<T> {
  const app = await startTestApp({ policies: [shop], ...options });
  try {
    return await ask(app);
  } finally {
    await app.stop();
  }
}

describe("who may evaluate", () => {
  it.each([
    [{ Authorization: "Bearer client-token" }, 200],
    [{ "X-API-Key": "client-token" }, 200],
    [{ "X-API-Key": " viewer-token " }, 200],
    [{ Authorization: "Bearer operator-token" }, 200],
    [{ Authorization: "Bearer webhook-token" }, 403],
    [{ "X-API-Key": "webhook-token" }, 403],
    [{ "X-API-Key": "wrong" }, 401],
    [{ "X-API-Key": "" }, 401],
    [{ Authorization: "Bearer wrong", "X-API-Key": "client-token" }, 401],
    [{ Authorization: "Basic eDp5" }, 401],
    [{}, 401],
  ])("with %j: %d", async (headers, status) => {
    for (const loopback of [true, false])
      await answers({ credentials, loopback }, async (app) => {
        const replies = [
          await single(app, "search", body, { headers: headers as Record<string, string> }),
          await bulk(app, body, { headers: headers as Record<string, string> }),
        ];
        expect(replies.map((reply) => reply.status)).toEqual([status, status]);
        if (status === 401) expect(replies[0]?.headers["www-authenticate"]).toContain("Bearer");
      });
  });

  it("needs no token on loopback, and one everywhere else", async () => {
    expect((await answers({}, (app) => single(app, "search", body))).status).toBe(200);
    expect((await answers({ loopback: false }, (app) => single(app, "search", body))).status).toBe(401);
  });

  it("is all that a client may, and X-API-Key is good for nothing else", async () => {
    await answers({ credentials }, async ({ app }) => {
      const as = (headers: Record<string, string>): Promise<Response[]> =>
        Promise.all([
          request(app).get("/api/v1/applications").set(headers),
          request(app).get("/api/v1/applications/shop/flags").set(headers),
          request(app).post("/api/v1/applications/shop/shutdown").set(headers).send({}),
          request(app).post("/api/v1/alerts").set(headers).send({}),
          request(app).post("/-/reload").set(headers),
        ]);
      const client = await as({ Authorization: "Bearer client-token" });
      expect(client.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403]);
      const key = await as({ "X-API-Key": "operator-token" });
      expect(key.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401]);
    });
  });
});

describe("pages", () => {
  const preflight = { Origin: APP, "Access-Control-Request-Method": "POST" };
  const path = "/ofrep/v1/evaluate/flags";
  const origins = new Set([APP]);

  it("of a named origin may evaluate, and read the ETag", async () => {
    await answers({ credentials, corsOrigins: origins }, async (app) => {
      const allowed = await request(app.app).options(path).set(preflight);
      expect(allowed.status).toBe(204);
      expect(allowed.text).toBe("");
      expect(allowed.headers).toMatchObject({
        "access-control-allow-origin": APP,
        "access-control-allow-methods": "POST",
        "access-control-allow-headers": "content-type, authorization, x-api-key, if-none-match",
        vary: "Origin",
      });
      const headers = { Origin: APP, "X-API-Key": "client-token" };
      const reply = await bulk(app, body, { headers });
      expect(reply.headers["access-control-allow-origin"]).toBe(APP);
      expect(reply.headers["access-control-expose-headers"]).toContain("ETag, Retry-After");
      const known = await bulk(app, body, {
        headers: { ...headers, "If-None-Match": reply.headers.etag ?? "" },
      });
      expect(known.status).toBe(304);
      expect(known.headers["access-control-allow-origin"]).toBe(APP);
      // A page that may come is also told why it may not do something.
      const refused = await single(app, "search", body, { headers: { Origin: APP } });
      expect(refused.status).toBe(401);
      expect(refused.headers["access-control-allow-origin"]).toBe(APP);
    });
  });

  it("of any origin may where it is said so, never with cookies", async () => {
    await answers({ credentials, corsOrigins: "*" }, async ({ app }) => {
      const { headers } = await request(app).options(`${path}/search`).set(preflight);
      expect(headers["access-control-allow-origin"]).toBe("*");
      expect(headers["access-control-allow-credentials"]).toBeUndefined();
    });
  });

  it.each([
    ["another origin", origins, "https://evil.example"],
    ["the same host by another scheme", origins, "http://app.example"],
    ["no origin that is one", origins, "null"],
    ["any origin where nothing is said", undefined, APP],
  ])("of %s are told nothing", async (_what, corsOrigins, origin) => {
    await answers({ credentials, ...(corsOrigins && { corsOrigins }) }, async ({ app }) => {
      const asked = await request(app)
        .options(path)
        .set({ ...preflight, Origin: origin });
      expect(asked.status).toBe(405);
      const reply = await request(app)
        .post(path)
        .set({ Origin: origin, "X-API-Key": "client-token" })
        .send(body);
      for (const { headers } of [asked, reply])
        expect(Object.keys(headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
      expect(reply.headers.vary).toBe(corsOrigins === undefined ? undefined : "Origin");
      expectOfrep("bulk", reply);
    });
  });

  it("of a named origin come in without a token on loopback, to these routes alone, by the name of this machine", async () => {
    const page = { Origin: APP, "Sec-Fetch-Site": "cross-site" };
    await answers({ corsOrigins: origins }, async (app) => {
      const ask = async (headers: Record<string, string>): Promise<number> =>
        (await single(app, "search", body, { headers })).status;
      expect(await ask(page)).toBe(200);
      expect(await ask({ ...page, Host: "evil.example" })).toBe(403);
      expect(await ask({ ...page, Origin: "https://evil.example" })).toBe(403);
      const others = await request(app.app).get("/api/v1/applications").set(page);
      expect(others.status).toBe(403);
      expect(others.headers["access-control-allow-origin"]).toBeUndefined();
    });
  });
});

describe("what nobody foresaw", () => {
  it("is told in a shape that clients keep, and not what it was", async () => {
    let broken = false;
    const now = (): number => {
      if (broken) throw new Error("the password is hunter2");
      return 0;
    };
    await answers({ clock: { now } }, async (app) => {
      await single(app, "search", body);
      broken = true;
      const replies = [await single(app, "search", body), await bulk(app, body)];
      broken = false;
      expect(replies.map(({ status }) => status)).toEqual([500, 500]);
      expect(replies[0]?.body).toMatchObject({ key: "search", errorCode: "GENERAL" });
      expect(JSON.stringify(replies.map(({ body }) => body))).not.toContain("hunter2");
      expect(app.log).toMatchObject([{ message: "request failed" }, { message: "request failed" }]);
    });
  });
});
