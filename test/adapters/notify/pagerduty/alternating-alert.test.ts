import { expect, test } from "@jest/globals";
import { PagerDuty } from "../../../../src/adapters/notify/pagerduty/pager-duty.ts";
import type { Receipt } from "../../../../src/app/outbox.ts";
import type { Decision } from "../../../../src/domain/decision.ts";
import type { PageResolvedOn } from "../../../../src/domain/policy.ts";
import { startPagerDutyServer } from "../../../support/pagerduty-server.ts";
import { MINUTE, on, SECOND } from "../../../support/policies-rollout.ts";
import { RollbackSimulator, running } from "../../../support/rollback-simulator.ts";
import { justRolledBack } from "../../../support/sample-incidents.ts";
import { deliveryOf } from "../deliveries.ts";

const { signal } = new AbortController();

/** Has PagerDuty told of what is decided, each at once; and what its incidents are then. */
async function pagesOf(resolveOn: PageResolvedOn, decisions: readonly Decision[]) {
  const server = await startPagerDutyServer();
  try {
    const notifier = new PagerDuty({
      routingKey: () => "0123456789abcdef0123456789abcdef",
      resolveOn: () => resolveOn,
      url: server.url,
    });
    const receipts = new Map<string, Receipt | null>();
    for (const [index, message] of decisions.flatMap(({ messages }) => messages).entries()) {
      const { subject } = message;
      const incident = { ...justRolledBack(), subject };
      const receipt = receipts.get(subject) ?? null;
      const delivery = deliveryOf(incident, [message], { receipt, id: `genesis/${index}-0` });
      receipts.set(subject, await notifier.deliver(delivery, signal));
    }
    return server.incidents.map(({ dedupKey, ...more }) => ({
      subject: dedupKey.split("/").at(-1),
      ...more,
    }));
  } finally {
    await server.stop();
  }
}

const shop = () =>
  new RollbackSimulator({
    policy: { ...running, rollbacks: { ...running.rollbacks, holdDown: 5 * MINUTE } },
  });

test.each(["either", "resolved"] as const)(
  "an alert that comes back within the hold-down calls nobody anew, an hour long (resolved on %s)",
  async (resolveOn) => {
    const app = shop();
    const startsAt = app.now;
    const evidence = { isFiring: true, by: "Alertmanager lists it as firing" };
    const decisions: Decision[] = [];
    for (const began = app.now; app.now < began + 60 * MINUTE; app.now += 75 * SECOND) {
      decisions.push(app.fires("ErrorRateSpike", { startsAt, evidence }));
      if (app.rollbackStatus === "verifying") decisions.push(app.looksOn("good"));
      app.now += 75 * SECOND;
      decisions.push(app.resolves("ErrorRateSpike", { startsAt, endsAt: app.now }));
    }
    const subject = app.open.id;
    expect(await pagesOf(resolveOn, decisions)).toEqual([
      { subject, status: "resolved", log: ["trigger", "resolve"] },
    ]);
  },
);

test("one that comes back and is seen to be bad calls people, and a second incident after the hold-down too", async () => {
  const app = shop();
  const first = app.fires("ErrorRateSpike");
  const decisions = [first, app.looksOn("good"), app.resolves("ErrorRateSpike")];
  app.now += MINUTE;
  decisions.push(app.fires("ErrorRateSpike"), app.looksOn("bad"));
  decisions.push(app.resolves("ErrorRateSpike"), app.looksOn("good"));
  app.now += 5 * MINUTE;
  decisions.push(...app.endsQuiet());
  expect(app.state.rollback).toBeNull();
  app.restore(new Map([["traffic", on(60)]]), { acknowledge: true });
  app.now += 5 * MINUTE;
  const second = app.fires("ErrorRateSpike");
  expect(await pagesOf("either", [...decisions, second])).toEqual([
    { subject: first.rollback, status: "resolved", log: ["trigger", "resolve"] },
    { subject: first.rollback, status: "resolved", log: ["trigger", "resolve"] },
    { subject: second.rollback, status: "triggered", log: ["trigger"] },
  ]);
});
