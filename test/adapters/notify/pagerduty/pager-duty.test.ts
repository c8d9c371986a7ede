import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { PagerDuty, type PagerDutyOptions } from "../../../../src/adapters/notify/pagerduty/pager-duty.ts";
import type { Receipt } from "../../../../src/app/outbox.ts";
import { type Answer, answering, babbling, breaking, hanging } from "../../../support/http-sink.ts";
import { type PagerDutyServer, refuse, startPagerDutyServer } from "../../../support/pagerduty-server.ts";
import { ended, hostile, justRolledBack, SUBJECT, verified } from "../../../support/sample-incidents.ts";
import { Stopper } from "../../../support/stopper.ts";
import { deliveryOf, failureOf, messageOf } from "../deliveries.ts";

const KEY = "0123456789abcdef0123456789abcdef";
const { signal } = new AbortController();
let running = new Stopper();
let server: PagerDutyServer;
beforeEach(async () => {
  server = await running.start(startPagerDutyServer());
});
afterEach(async () => {
  await running.stop();
  running = new Stopper();
});

function pagerDuty(over: Partial<PagerDutyOptions> = {}): PagerDuty {
  return new PagerDuty({ routingKey: () => KEY, resolveOn: () => "either", url: server.url, ...over });
}

const INCIDENT = { dedupKey: `rollguard/genesis/${SUBJECT}` };

describe("an incident", () => {
  test("is one at PagerDuty from its beginning to its end", async () => {
    const notifier = pagerDuty();
    const steps = [
      deliveryOf(justRolledBack(), [messageOf("rolled_back")]),
      deliveryOf(verified(), [messageOf("verified")], { id: "genesis/413-0" }),
      deliveryOf(ended(), [messageOf("ended")], { id: "genesis/414-0" }),
    ];
    let receipt: Receipt | null = null;
    for (const step of steps) receipt = await notifier.deliver({ ...step, receipt }, signal);
    expect(server.incidents).toEqual([{ ...INCIDENT, status: "resolved", log: ["trigger", "resolve"] }]);
    expect(server.events[0]).toMatchObject({
      routing_key: KEY,
      payload: { source: "genesis", class: "ErrorRateSpike", component: "genesis/10.0.3.17:8080" },
    });
  });

  test("is one where a process died before it had noted what it delivered", async () => {
    const delivery = deliveryOf(justRolledBack(), [messageOf("rolled_back")]);
    await pagerDuty().deliver(delivery, signal);
    await pagerDuty().deliver({ ...delivery, attempt: 2 }, signal);
    expect(server.incidents).toEqual([{ ...INCIDENT, status: "triggered", log: ["trigger", "trigger"] }]);
  });

  const all = deliveryOf(ended(), [messageOf("rolled_back"), messageOf("verified"), messageOf("ended")]);
  test("that began and ended while PagerDuty was away is told once, however often it fails in between", async () => {
    const notifier = pagerDuty();
    server.next(answering(503), server.taken, answering(500));
    await failureOf(notifier.deliver(all, signal));
    await failureOf(notifier.deliver(all, signal));
    expect(await notifier.deliver(all, signal)).toMatchObject({ state: "resolved" });
    expect(server.incidents).toEqual([{ ...INCIDENT, status: "resolved", log: ["trigger", "resolve"] }]);
  });

  test("is not begun anew by a resolve that was taken, and not answered", async () => {
    const notifier = pagerDuty();
    const swallowing: Answer = (response, received) => {
      response.end = () => response.destroy();
      server.taken(response, received);
    };
    server.next(server.taken, swallowing);
    await failureOf(notifier.deliver(all, signal));
    await notifier.deliver(all, signal);
    expect(server.incidents).toEqual([{ ...INCIDENT, status: "resolved", log: ["trigger", "resolve"] }]);
    expect(server.events).toHaveLength(3);
  });

  test("of hostile texts is taken", async () => {
    await pagerDuty().deliver(deliveryOf(hostile(), [messageOf("rolled_back")]), signal);
    expect(server.incidents).toHaveLength(1);
  });

  test("goes to the application's own service, by its own rule", async () => {
    const other = KEY.toUpperCase();
    const notifier = pagerDuty({
      routingKey: (application) => (application === "shop" ? other : KEY),
      resolveOn: (application) => (application === "shop" ? "acknowledged" : "either"),
    });
    const incident = ended({ application: "shop" });
    await notifier.deliver(deliveryOf(incident, [messageOf("rolled_back"), messageOf("verified")]), signal);
    expect(server.events).toMatchObject([{ routing_key: other, event_action: "trigger" }]);
  });
});

const delivered = (over: Partial<PagerDutyOptions> = {}) =>
  failureOf(pagerDuty(over).deliver(deliveryOf(justRolledBack(), [messageOf("rolled_back")]), signal));
const ADVICE = "look at PAGERDUTY_ROUTING_KEY, and PAGERDUTY_EVENTS_URL where it is set";

describe("a failure", () => {
  test("a wrong key is refused in PagerDuty's own words", async () => {
    const error = await delivered({ routingKey: () => "short" });
    expect(error.kind).toBe("refused");
    expect(error.message).toBe(
      `PagerDuty answered 400 Bad Request: Event object is invalid: Length of 'routing_key' is incorrect (should be 32 characters); ${ADVICE}`,
    );
  });

  test("the key is never told, though PagerDuty repeats it", async () => {
    server.next(refuse([`unknown key ${KEY}`, `${"x".repeat(250)} ${KEY}`]));
    const { message } = await delivered();
    expect(message).toContain("unknown key <routing key>, xxx");
    expect(message).not.toContain(KEY.slice(0, 8));
    expect(message.length).toBeLessThan(500);
  });

  const later: readonly (readonly [string, Answer, number | null, RegExp])[] = [
    [
      "too much at once",
      answering(429, "", { "retry-after": "30" }),
      30_000,
      /answered 429 Too Many Requests$/,
    ],
    ["a mistake of theirs", answering(500, "<html>"), null, /answered 500 Internal Server Error$/],
    [
      "a pause",
      answering(503, '{"status":"x","message":"Throttled","errors":[]}', { "retry-after": "1" }),
      1_000,
      /answered 503 Service Unavailable: Throttled$/,
    ],
    ["a lost connection", breaking, null, /does not answer: socket hang up$/],
    ["no HTTP", babbling, null, /answers something that is not HTTP/],
  ];
  test.each(later)("%s may pass", async (_, answer, retryAfter, message) => {
    server.next(answer);
    const error = await delivered();
    expect(error).toMatchObject({ kind: "unavailable", retryAfter });
    expect(error.message).toMatch(message);
  });

  test("no answer may pass", async () => {
    server.next(hanging);
    const error = await delivered({ timeout: 200 });
    expect(error).toMatchObject({
      kind: "unavailable",
      message: "PagerDuty does not answer: no answer within 200ms",
    });
  });

  test("a certificate that nobody has signed may pass", async () => {
    const { url } = await running.start(startPagerDutyServer({ tls: true }));
    const error = await delivered({ url });
    expect(error.kind).toBe("unavailable");
    expect(error.message).toMatch(/^PagerDuty does not answer: self-signed certificate; /);
  });

  const lasting: readonly (readonly [string, Answer, string])[] = [
    ["403 Forbidden", answering(403, '{"errors":"no access"}'), `403 Forbidden: no access; ${ADVICE}`],
    ["a malformed body", answering(400, '{"status"'), `400 Bad Request; ${ADVICE}`],
    ["an unknown body", answering(400, '{"errors":[{}]}'), `400 Bad Request; ${ADVICE}`],
    ["a portal that answers for it", answering(200, "<html>sign in"), `200 OK instead of 202; ${ADVICE}`],
    [
      "a redirect",
      answering(302, "", { location: "https://evil.example" }),
      "302 Found, a redirect: set the address that it leads to",
    ],
  ];
  test.each(lasting)("%s lasts until somebody acts", async (_, answer, message) => {
    server.next(answer);
    const error = await delivered();
    expect(error).toMatchObject({ kind: "refused", message: `PagerDuty answered ${message}` });
  });

  test("an address that is none is told at the start", () => {
    for (const url of ["events.pagerduty.com", "http://", "ftp://pagerduty"])
      expect(() => pagerDuty({ url })).toThrow("the address of PagerDuty is none: set PAGERDUTY_EVENTS_URL");
    expect(new PagerDuty({ routingKey: () => KEY, resolveOn: () => "either" }).channel).toBe("pagerduty");
  });
});

describe("a test", () => {
  test("is marked, has a key of its own, and is resolved at once", async () => {
    const notifier = pagerDuty({ service: () => "Genesis on call" });
    expect(await notifier.test(justRolledBack(), signal)).toBe("PagerDuty, service Genesis on call");
    expect(await pagerDuty().test(justRolledBack(), signal)).toBe("PagerDuty, service genesis");
    expect(server.incidents).toHaveLength(2);
    for (const { dedupKey, status, log } of server.incidents) {
      expect(dedupKey).toMatch(/^rollguard\/genesis\/test-[0-9a-f-]{36}$/);
      expect([status, log]).toEqual(["resolved", ["trigger", "resolve"]]);
    }
    const [trigger] = server.events;
    if (trigger?.event_action !== "trigger") throw new Error("no trigger came first");
    expect(trigger.payload.severity).toBe("info");
    expect(trigger.payload.summary).toMatch(/^Test: Rolled back/);
    expect(trigger.payload.custom_details).toMatchObject({
      why: "A test of Rollguard: nothing has happened.",
    });
  });

  test("says why it fails", async () => {
    expect((await failureOf(pagerDuty({ routingKey: () => "" }).test(justRolledBack(), signal))).kind).toBe(
      "refused",
    );
  });
});
