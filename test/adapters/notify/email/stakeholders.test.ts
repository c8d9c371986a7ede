import { afterEach, describe, expect, test } from "@jest/globals";
import { mailText } from "../../../../src/adapters/notify/email/mail-text.ts";
import {
  stakeholderMailOf,
  stakeholderMoment,
} from "../../../../src/adapters/notify/email/stakeholder-mail.ts";
import {
  Stakeholders,
  type StakeholdersOptions,
} from "../../../../src/adapters/notify/email/stakeholders.ts";
import { DeliveryError } from "../../../../src/app/notify/notifier.ts";
import { sampleDelivery } from "../../../support/sample-deliveries.ts";
import {
  ended,
  failed,
  justRolledBack,
  STARTED_AT,
  unverified,
  verified,
} from "../../../support/sample-incidents.ts";
import { ADA, mailShop, stopper } from "./mail-shop.ts";

const { signal } = new AbortController();
const HOUR = 3_600_000;

afterEach(() => stopper.stop());

async function shop(
  over: Partial<StakeholdersOptions> = {},
  recipients: Readonly<Record<string, number>> = {},
) {
  const { server, mailer } = await mailShop({ recipients });
  let now = STARTED_AT + 14 * 60_000;
  const stakeholders = new Stakeholders({
    mailer,
    stakeholdersOf: () => [ADA],
    paceOf: () => ({ every: HOUR, reportWithin: 24 * HOUR }),
    figuresOf: async () => [{ name: "Error rate", value: "0.04 %" }],
    clock: { now: () => now },
    ...over,
  });
  const later = (by: number): void => {
    now += by;
  };
  return { server, stakeholders, later };
}

describe("what stakeholders are told", () => {
  test("the first word, updates, all clear: each a mail of the same conversation", async () => {
    const { server, stakeholders, later } = await shop();
    const delivery = sampleDelivery(verified(), { id: "genesis/412-3" });
    const first = await stakeholders.deliver(delivery, signal);
    expect(first).toEqual({ told: 1, lastAt: STARTED_AT + 14 * 60_000 });
    later(HOUR);
    const second = await stakeholders.deliver({ ...delivery, receipt: first }, signal);
    expect(second).toEqual({ told: 2, lastAt: STARTED_AT + 14 * 60_000 + HOUR });
    later(HOUR);
    await stakeholders.deliver({ ...delivery, incident: ended(), receipt: second }, signal);
    const mails = server.mails.map(({ parsed }) => parsed);
    expect(mails.map(({ subject }) => subject)).toEqual([
      "[Genesis] ROLLED BACK: incident of 2026-03-14",
      "[Genesis] ROLLED BACK: incident of 2026-03-14, update 1",
      "[Genesis] ALL CLEAR: incident of 2026-03-14",
    ]);
    expect(new Set(mails.map(({ messageId }) => messageId)).size).toBe(3);
    expect(new Set(mails.map(({ references }) => references)).size).toBe(1);
    expect(mails[0]?.text).toContain("Error rate: 0.04 %");
    expect(mails[0]?.text).toContain("Next word: at 2026-03-14 11:29:00 UTC");
    expect(mails[1]?.text).toContain("Nothing new since the last mail.");
  });

  test("tried again it is the same mail", async () => {
    const { server, stakeholders } = await shop();
    const delivery = sampleDelivery(verified());
    await stakeholders.deliver(delivery, signal);
    await stakeholders.deliver({ ...delivery, attempt: 2 }, signal);
    // This process knows that ada has it.
    expect(server.mails).toHaveLength(1);
  });

  test("measurements that cannot be had hold up nothing", async () => {
    const { server, stakeholders } = await shop({
      figuresOf: async () => Promise.reject(new Error("no Prometheus")),
    });
    await stakeholders.deliver(sampleDelivery(verified()), signal);
    expect(server.mails[0]?.parsed.text).toContain("Rollout percentage: 30 % of users");
    expect(server.mails[0]?.parsed.text).not.toContain("Error rate:");
  });

  test("nobody is named: nothing is sent, and nobody is due again at once", async () => {
    const { server, stakeholders } = await shop({ stakeholdersOf: () => [] });
    await expect(stakeholders.deliver(sampleDelivery(verified()), signal)).resolves.toMatchObject({
      told: 1,
    });
    expect(server.connections).toBe(0);
  });

  test("a refusal is told to whoever called", async () => {
    const { stakeholders } = await shop({}, { [ADA]: 550 });
    const delivering = stakeholders.deliver(sampleDelivery(verified()), signal);
    await expect(delivering).rejects.toMatchObject({ kind: "refused" });
    await expect(delivering).rejects.toBeInstanceOf(DeliveryError);
  });

  test("a test is marked, and tells where it went", async () => {
    const { server, stakeholders } = await shop();
    await expect(stakeholders.test(justRolledBack(), signal)).resolves.toBe(`e-mail to ${ADA}`);
    expect(server.mails[0]?.parsed.subject).toContain("TEST");
    expect(server.mails[0]?.parsed.text).toContain("This is a test of Rollguard's notifications.");
    const { stakeholders: nobody } = await shop({ stakeholdersOf: () => [] });
    await expect(nobody.test(justRolledBack(), signal)).rejects.toThrow("notifications.stakeholders.to");
  });
});

describe("which mail is due", () => {
  test.each([
    ["nobody has heard", justRolledBack(), null, "first"],
    ["a receipt of something else", justRolledBack(), { told: "x" }, "first"],
    ["they have heard", justRolledBack(), { told: 1, lastAt: 0 }, "update"],
    ["it is over", ended(), { told: 2, lastAt: 0 }, "allClear"],
    ["it was over before anybody heard", ended(), null, "allClear"],
  ])("%s", (_, incident, receipt, moment) => {
    expect(stakeholderMoment(incident, receipt)).toBe(moment);
  });
});

const NEWS = {
  told: 0,
  lastAt: null,
  now: 0,
  every: HOUR,
  reportWithin: HOUR,
  figures: [],
  contacts: [],
};

describe("the status", () => {
  const statusIn = (incident: Parameters<typeof stakeholderMailOf>[0]): string | undefined => {
    const moment = stakeholderMoment(incident, null);
    const news = { ...NEWS, moment };
    return /^Status: (.*)$/m.exec(mailText(stakeholderMailOf(incident, news)))?.[1];
  };

  test.each([
    [justRolledBack(), "ROLLED BACK"],
    [verified(), "ROLLED BACK"],
    [unverified(), "AT RISK"],
    [failed(), "AT RISK"],
    [ended(), "ROLLED BACK"],
    [ended({ flags: [], traffic: null }), "ON TRACK"],
  ])("%#", (incident, status) => {
    expect(statusIn(incident)).toBe(status);
  });

  test.each([
    ["too_few", "Too few users have come since to tell"],
    ["improved", "It is much better than it was, and not well yet."],
  ] as const)("what is %s is not told as something that cannot be measured", (unproven, words) => {
    const incident = unverified();
    const { rollback } = incident;
    if (rollback === null) throw new Error("the sample is of a rollback");
    const text = mailText(
      stakeholderMailOf({ ...incident, rollback: { ...rollback, unproven } }, { ...NEWS, moment: "update" }),
    );
    expect(text).toContain(words);
    expect(text).not.toContain("measured");
  });

  test("a rollback by hand that found nothing to turn off", () => {
    const incident = justRolledBack({ alert: null, flags: [], traffic: null });
    const news = { ...NEWS, moment: "first" as const };
    expect(mailText(stakeholderMailOf(incident, news))).toContain(
      "alertmanager turned off nothing more of Genesis.",
    );
  });
});
