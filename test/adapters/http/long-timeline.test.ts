import { afterEach, expect, test } from "@jest/globals";
import request from "supertest";
import { alertBody, webhookBody } from "../../support/webhook-bodies.ts";
import { APP, fire, start, stop } from "./rollback-shop.ts";

afterEach(stop);

test("of a rollback with thousands of events the timeline has its beginning and its end", async () => {
  const app = await start();
  const id = await fire(app);
  const alerts = Array.from({ length: 1_500 }, (_, pod) =>
    alertBody("TestsFail", { labels: { application: "shop", pod: `p-${pod}` } }),
  );
  await request(app.app).post("/api/v1/alerts").send(webhookBody(alerts)).expect(200);
  const { revision } = await app.store.read("shop");
  expect(revision).toBeGreaterThan(1_400);
  const { body } = await request(app.app).get(`${APP}/rollbacks/${id}`).expect(200);
  const numbers = body.events.map((event: { revision: number }) => event.revision);
  expect(numbers).toHaveLength(1_000);
  expect([numbers[0], numbers[499], numbers[500], numbers[999]]).toEqual([1, 500, revision - 499, revision]);
});
