import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { Webhook as Receiver } from "standardwebhooks";
import { Webhook, type WebhookOptions } from "../../../../src/adapters/notify/webhook/webhook.ts";
import {
  type Answer,
  answering,
  breaking,
  type HttpSink,
  hanging,
  startHttpSink,
} from "../../../support/http-sink.ts";
import { ended, hostile, justRolledBack } from "../../../support/sample-incidents.ts";
import { Stopper } from "../../../support/stopper.ts";
import { deliveryOf, failureOf, messageOf } from "../deliveries.ts";

const { signal } = new AbortController();
let running = new Stopper();
let sink: HttpSink;
beforeEach(async () => {
  sink = await running.start(startHttpSink({ otherwise: answering(204) }));
});
afterEach(async () => {
  await running.stop();
  running = new Stopper();
});

function webhook(over: Partial<WebhookOptions> = {}): Webhook {
  return new Webhook({ url: `${sink.url}/hooks/T0KEN?key=s3cret`, secret: null, externalUrl: null, ...over });
}

const events = () => sink.received.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
const types = () => events().map(({ type }) => String(type).split(".")[2]);
const delivery = deliveryOf(ended(), [messageOf("rolled_back"), messageOf("verified"), messageOf("ended")]);

describe("a delivery", () => {
  test("is an event for each message, in their order", async () => {
    const notifier = webhook();
    expect(notifier.channel).toBe("webhook");
    expect(await notifier.deliver(delivery, signal)).toBeNull();
    expect(types()).toEqual(["rolled_back", "verified", "ended"]);
    expect(sink.received[0]).toMatchObject({ method: "POST", path: "/hooks/T0KEN?key=s3cret" });
    const headers = new Map(Object.entries(sink.received[0]?.headers ?? {}));
    expect(headers.get("content-type")).toBe("application/cloudevents+json; charset=utf-8");
    expect([...headers.keys()].filter((name) => name.startsWith("webhook-"))).toEqual([]);
  });

  test("that fails half-way stops there, and goes on with what is left", async () => {
    const notifier = webhook();
    sink.next(answering(200), answering(503));
    await failureOf(notifier.deliver(delivery, signal));
    await notifier.deliver({ ...delivery, attempt: 2 }, signal);
    expect(types()).toEqual(["rolled_back", "verified", "verified", "ended"]);
  });

  test("of another process that begins anew has the same ids", async () => {
    await webhook().deliver(delivery, signal);
    const [first, ...later] = [...delivery.messages];
    await webhook().deliver(
      { ...delivery, messages: [first ?? messageOf("ended"), ...later.slice(0, 1)] },
      signal,
    );
    const ids = events().map(({ id }) => id);
    expect(ids.slice(3)).toEqual(ids.slice(0, 2));
    expect(new Set(ids).size).toBe(3);
  });

  test("of hostile texts is signed over what is sent", async () => {
    const secret = "plain ✓ text";
    await webhook({ secret }).deliver(deliveryOf(hostile(), [messageOf("failed")]), signal);
    const [{ body, headers } = { body: "", headers: {} }] = sink.received;
    const receiver = new Receiver(Buffer.from(secret), { format: "raw" });
    expect(receiver.verify(body, headers as Record<string, string>)).toEqual(JSON.parse(body));
  });
});

describe("a signature", () => {
  const secret = `whsec_${Buffer.from("0123456789abcdefghijklmn").toString("base64")}`;
  const sent = async (over: Partial<WebhookOptions> = {}) => {
    await webhook({ secret, ...over }).deliver(delivery, signal);
    const [{ body, headers } = { body: "", headers: {} }] = sink.received;
    return { body, headers: headers as Record<string, string> };
  };

  test("is one that a receiver verifies", async () => {
    const { body, headers } = await sent();
    expect(new Receiver(secret).verify(body, headers)).toMatchObject({ id: headers["webhook-id"] });
    const other = new Receiver(`whsec_${Buffer.from("another").toString("base64")}`);
    expect(() => other.verify(body, headers)).toThrow("No matching signature");
    expect(() => new Receiver(secret).verify(`${body} `, headers)).toThrow("No matching signature");
  });

  test("has the time of the attempt: an old one is no proof", async () => {
    const { body, headers } = await sent({ now: () => Date.now() - 3_600_000 });
    expect(() => new Receiver(secret).verify(body, headers)).toThrow("Message timestamp too old");
  });
});

describe("what cannot be", () => {
  test.each(["", "/hooks", "hooks.example/s3cret", "ftp://hooks.example/s3cret", "http://"])(
    "the address %j",
    (url) => {
      expect(() => webhook({ url })).toThrow(
        "ROLLGUARD_NOTIFY_WEBHOOK_URL is no address: it begins with https:// or http://",
      );
    },
  );

  test.each(["whsec_", "whsec_s3cret!", "whsec_abc", ""])("the secret %j", (secret) => {
    expect(() => webhook({ secret })).toThrow(
      /^ROLLGUARD_NOTIFY_WEBHOOK_SECRET (begins|is empty)(?!.*s3cret)/,
    );
  });
});

describe("a failure", () => {
  const delivered = (over: Partial<WebhookOptions> = {}) =>
    failureOf(webhook(over).deliver(delivery, signal));
  const ADVICE = "look at ROLLGUARD_NOTIFY_WEBHOOK_URL, and at what its receiver logs";
  const later: readonly (readonly [number, Answer, number | null])[] = [
    [408, answering(408), null],
    [425, answering(425), null],
    [429, answering(429, "", { "retry-after": "3" }), 3_000],
    [500, answering(500), null],
    [502, answering(502), null],
    [503, answering(503, "", { "retry-after": "60" }), 60_000],
  ];
  test.each(later)("%i may pass", async (code, answer, retryAfter) => {
    sink.next(answer);
    const error = await delivered();
    expect(error).toMatchObject({ kind: "unavailable", retryAfter });
    expect(error.message).toMatch(new RegExp(`^the webhook answered ${code} [A-Z][A-Za-z ]+$`));
    expect(sink.received).toHaveLength(1);
  });

  test.each([
    ["a lost connection", breaking, {}],
    ["no answer", hanging, { timeout: 200 }],
  ] as const)("%s may pass", async (_, answer, over) => {
    sink.next(answer);
    expect((await delivered(over)).kind).toBe("unavailable");
  });

  test("a certificate that nobody has signed may pass", async () => {
    const { url } = await running.start(startHttpSink({ tls: true }));
    expect(await delivered({ url })).toMatchObject({
      kind: "unavailable",
      message: expect.stringMatching(/^the webhook does not answer: self-signed certificate; /),
    });
  });

  test.each([
    [400, `400 Bad Request; ${ADVICE}`],
    [401, `401 Unauthorized; ${ADVICE}`],
    [404, `404 Not Found; ${ADVICE}`],
    [
      410,
      "410 Gone; its receiver wants no more: take ROLLGUARD_NOTIFY_WEBHOOK_URL away, or set the new address",
    ],
    [403, `403 Forbidden; ${ADVICE}`],
    [308, "308 Permanent Redirect, a redirect: set the address that it leads to"],
    [499, `499; ${ADVICE}`],
  ])("%i lasts until somebody acts, and nothing that is secret is told", async (code, message) => {
    // As Express does.
    sink.next((response, received) => {
      const { method, path } = received;
      answering(code, `Cannot ${method} ${path}`, { location: path })(response, received);
    });
    const error = await delivered({ secret: "s3cret" });
    expect(error).toMatchObject({ kind: "refused", message: `the webhook answered ${message}` });
  });
});

describe("a test", () => {
  test("is marked, and says where it went without what is secret", async () => {
    const secret = "s3cret";
    const { host } = new URL(sink.url);
    expect(await webhook({ secret }).test(justRolledBack(), signal)).toBe(`the webhook at ${host}, signed`);
    const [{ body, headers } = { body: "", headers: {} }] = sink.received;
    new Receiver(Buffer.from(secret), { format: "raw" }).verify(body, headers as Record<string, string>);
    expect(JSON.parse(body)).toMatchObject({
      type: "dev.rollguard.test.v1",
      subject: "rb-412-k3v9d1",
      data: { message: { kind: "test", page: false }, incident: { application: "genesis" } },
    });
    await webhook().test(justRolledBack(), signal);
    expect(new Set(events().map(({ id }) => id)).size).toBe(2);
  });

  test("fails as a delivery does", async () => {
    sink.next(answering(401));
    expect((await failureOf(webhook().test(justRolledBack(), signal))).kind).toBe("refused");
    expect(await webhook().test(justRolledBack(), signal)).toMatch(/, not signed$/);
  });
});
