import { describe, expect, test } from "@jest/globals";
import { withBreaker } from "../../../src/adapters/notify/breaker.ts";
import { type Delivery, DeliveryError, type Notifier } from "../../../src/app/notify/notifier.ts";
import type { Message } from "../../../src/domain/message.ts";
import { justRolledBack } from "../../support/sample-incidents.ts";
import { until } from "../../support/until.ts";

const message: Message = {
  subject: "rb-1",
  kind: "rolled_back",
  at: 1,
  tier: "phase",
  alert: null,
  flags: [],
  rollout: null,
  detail: null,
  page: false,
};
const delivery: Delivery = {
  id: "shop/1-0",
  messages: [message],
  incident: justRolledBack(),
  receipt: null,
  attempt: 1,
};
const signal = new AbortController().signal;

/** A service that answers as it is told to. */
class Service implements Notifier {
  readonly channel = "slack";
  asked = 0;
  error: DeliveryError | null = null;

  async deliver(): Promise<null> {
    this.asked += 1;
    if (this.error !== null) throw this.error;
    return null;
  }

  async test(): Promise<string> {
    return "here";
  }
}

const away = new DeliveryError("unavailable", "away");

async function askedAfter(error: DeliveryError, times: number): Promise<number> {
  const service = new Service();
  service.error = error;
  const guarded = withBreaker(service, { failures: 3 });
  for (let time = 0; time < times; time += 1)
    await expect(guarded.deliver(delivery, signal)).rejects.toThrow(DeliveryError);
  return service.asked;
}

describe("a service that fails again and again", () => {
  test("is left alone, and the message told why", async () => {
    expect(await askedAfter(away, 6)).toBe(3);
    const service = new Service();
    service.error = away;
    const guarded = withBreaker(service, { failures: 1 });
    await guarded.deliver(delivery, signal).catch(() => undefined);
    await expect(guarded.deliver(delivery, signal)).rejects.toMatchObject({
      kind: "unavailable",
      message: "slack has failed 1 times in a row and is left alone for 30s",
      retryAfter: 30_000,
    });
    expect(await guarded.test(justRolledBack(), signal)).toBe("here");
  });

  test("is tried again with one message, and then with all", async () => {
    const service = new Service();
    service.error = away;
    const guarded = withBreaker(service, { failures: 1, leftAlone: 20 });
    await guarded.deliver(delivery, signal).catch(() => undefined);
    service.error = null;
    const tried = () =>
      guarded.deliver(delivery, signal).then(
        () => true,
        () => false,
      );
    await until("it to be tried again", tried, (done) => done, { every: 5 });
    expect(await tried()).toBe(true);
  });

  test("is not left alone for what one message is to blame for, or for saying when to come back", async () => {
    expect(await askedAfter(new DeliveryError("refused", "no such channel"), 6)).toBe(6);
    expect(await askedAfter(new DeliveryError("unavailable", "busy", { retryAfter: 5 }), 6)).toBe(6);
  });
});
