import { afterEach, describe, expect, test } from "@jest/globals";
import { DeliveryError } from "../../../../src/app/notify/notifier.ts";
import { sampleDelivery, sampleMessage } from "../../../support/sample-deliveries.ts";
import {
  escalated,
  failed,
  hostile,
  justRolledBack,
  keptBack,
  promoted,
  verified,
} from "../../../support/sample-incidents.ts";
import type { ReceivedMail } from "../../../support/smtp-server.ts";
import { ADA, BOB, emailTo, mailShop, stopper } from "./mail-shop.ts";
import { badDay } from "./sample-summary.ts";

const { signal } = new AbortController();

afterEach(() => stopper.stop());

const headerOf = ({ parsed }: ReceivedMail, name: string): string | undefined =>
  parsed.headers.find(({ key }) => key === name)?.value;

const only = (mails: readonly ReceivedMail[]): ReceivedMail => {
  expect(mails).toHaveLength(1);
  return mails[0] as ReceivedMail;
};

describe("one delivery is one mail", () => {
  test("to everybody whom the policy names, as text and as HTML", async () => {
    const { server, email } = await mailShop();
    await email.deliver(sampleDelivery(justRolledBack()), signal);
    const mail = only(server.mails);
    expect(mail.from).toBe("rollguard@example.org");
    expect(mail.to).toEqual([ADA, BOB]);
    expect(mail.parsed.from).toMatchObject({ name: "Rollguard", address: "rollguard@example.org" });
    expect(mail.parsed.subject).toBe("[Genesis] ROLLED BACK (phase): ErrorRateSpike");
    for (const text of [mail.parsed.text, mail.parsed.html]) {
      expect(text).toContain("Rolled back (phase): ErrorRateSpike, 2 flags off, traffic 60 % → 30 %");
      expect(text?.replaceAll("<wbr>", "")).toContain("darwin_integration_enabled");
      expect(text).toContain("Find out why ErrorRateSpike fires");
    }
    expect(mail.parsed.attachments).toEqual([]);
  });

  test("that no machine answers, and that filters can sort", async () => {
    const { server, email } = await mailShop();
    await email.deliver(sampleDelivery(justRolledBack()), signal);
    const mail = only(server.mails);
    expect(headerOf(mail, "auto-submitted")).toBe("auto-generated");
    expect(headerOf(mail, "x-rollguard-application")).toBe("genesis");
    expect(headerOf(mail, "x-rollguard-subject")).toBe("rb-412-k3v9d1");
  });

  test("also where several messages have piled up", async () => {
    const { server, email } = await mailShop();
    await email.deliver(sampleDelivery(verified(), {}, 2), signal);
    expect(only(server.mails).parsed.text).toContain("Verified: the error rate is 0.04 %");
  });

  test("that stands out where people must act", async () => {
    const { server, email } = await mailShop();
    await email.deliver(sampleDelivery(failed()), signal);
    await email.deliver(sampleDelivery(verified()), signal);
    expect(server.mails.map((mail) => headerOf(mail, "importance"))).toEqual(["High", undefined]);
  });

  test("nobody is named: nothing is sent, and nothing is wrong", async () => {
    const { server, mailer } = await mailShop();
    await expect(emailTo([], mailer).deliver(sampleDelivery(justRolledBack()), signal)).resolves.toBeNull();
    expect(server.connections).toBe(0);
  });

  test.each([
    ["a rollout", promoted(), { rollout: { plan: "hybrid" } }, "[Genesis] ROLLOUT: hybrid"],
    [
      "an alert that was kept back",
      keptBack(),
      {},
      "[Genesis] NOT ROLLED BACK, too soon after the last one: ErrorRateSpike",
    ],
    [
      "a rollback by hand",
      justRolledBack({ alert: null }),
      {},
      "[Genesis] ROLLED BACK (phase): by alertmanager",
    ],
  ])("its subject says what it is about: %s", async (_, incident, over, subject) => {
    const { server, email } = await mailShop();
    const [step] = incident.steps.slice(-1);
    const message = sampleMessage(incident, step as NonNullable<typeof step>, over as object);
    await email.deliver(sampleDelivery(incident, { messages: [message] }), signal);
    expect(only(server.mails).parsed.subject).toBe(subject);
  });
});

describe("an incident is one conversation", () => {
  test("the subject tells what is worse than its first one did", async () => {
    const { server, email } = await mailShop();
    const receipt = await email.deliver(sampleDelivery(justRolledBack()), signal);
    await email.deliver(sampleDelivery(failed(), { id: "genesis/415-1", receipt }), signal);
    expect(server.mails[1]?.parsed.subject).toBe("[Genesis] ROLLBACK FAILED (emergency): ErrorRateSpike");
  });

  test("the subject stays, each mail has an id of its own, and all refer to the same one", async () => {
    const { server, email } = await mailShop();
    const first = await email.deliver(sampleDelivery(justRolledBack(), { id: "genesis/412-2" }), signal);
    await email.deliver(sampleDelivery(escalated(), { id: "genesis/415-1", receipt: first }), signal);
    const [one, two] = server.mails.map(({ parsed }) => parsed);
    expect(one?.messageId).toBe("<rb-412-k3v9d1.genesis-412-2.email@rollguard.example.org>");
    expect(two?.messageId).toBe("<rb-412-k3v9d1.genesis-415-1.email@rollguard.example.org>");
    expect(two?.subject).toBe(one?.subject);
    for (const mail of [one, two]) {
      expect(mail?.references).toBe("<rb-412-k3v9d1.genesis.email@rollguard.example.org>");
      expect(mail?.inReplyTo).toBe(mail?.references);
    }
  });

  test("what is delivered again has the same id: clients show it once", async () => {
    const { server, mailer } = await mailShop();
    const delivery = sampleDelivery(justRolledBack(), { id: "genesis/412-2" });
    await emailTo([ADA], mailer).deliver(delivery, signal);
    const again = await mailShop({}, { smtpUrl: server.url });
    await again.email.deliver({ ...delivery, attempt: 2 }, signal);
    const ids = server.mails.map(({ parsed }) => parsed.messageId);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
  });

  test("more news in the same delivery are another mail, which no client hides", async () => {
    const { server, email } = await mailShop();
    await email.deliver(sampleDelivery(verified(), { id: "genesis/412-2" }, 1), signal);
    await email.deliver(sampleDelivery(verified(), { id: "genesis/412-2", attempt: 2 }, 2), signal);
    expect(new Set(server.mails.map(({ parsed }) => parsed.messageId)).size).toBe(2);
  });
});

describe("texts from outside", () => {
  test("make no header of their own", async () => {
    const { server, email } = await mailShop();
    const control = "x\r\nBcc: evil@example.net\r\n\r\nbody";
    const incident = hostile({ title: control, application: control, subject: control });
    await email.deliver(sampleDelivery(incident, { id: control }), signal);
    const mail = only(server.mails);
    expect(mail.to).toEqual([ADA, BOB]);
    expect(mail.parsed.bcc ?? []).toEqual([]);
    const names = mail.parsed.headers.map(({ key }) => key);
    expect(names).not.toContain("bcc");
    expect(mail.parsed.subject?.startsWith("[x Bcc: evil@example.net body] ROLLED BACK")).toBe(true);
    const lengths = mail.raw.split("\r\n").map((line) => Buffer.byteLength(line));
    expect(Math.max(...lengths)).toBeLessThan(998);
  });
});

describe("a test", () => {
  test("is marked, and tells where it went", async () => {
    const { server, email } = await mailShop();
    await expect(email.test(justRolledBack(), signal)).resolves.toBe(`e-mail to ${ADA}, ${BOB}`);
    const { parsed } = only(server.mails);
    expect(parsed.subject).toBe("[Genesis] TEST of Rollguard's notifications");
    for (const text of [parsed.text, parsed.html])
      expect(text?.replaceAll("&#39;", "'")).toContain(
        "This is a test of Rollguard's notifications. Nothing has happened",
      );
  });

  test("tells whom the server refuses", async () => {
    const { email } = await mailShop({ recipients: { [BOB]: 550 } });
    await expect(email.test(justRolledBack(), signal)).resolves.toBe(
      `e-mail to ${ADA}; the mail server refuses ${BOB}`,
    );
  });

  test("says what is missing where nobody is named", async () => {
    const { mailer } = await mailShop();
    const testing = emailTo([], mailer).test(justRolledBack(), signal);
    await expect(testing).rejects.toThrow("put addresses into the policy, notifications.email.to");
    await expect(testing).rejects.toBeInstanceOf(DeliveryError);
  });
});

describe("the daily summary", () => {
  test("is a mail with an id of its day", async () => {
    const { server, email, mailer } = await mailShop();
    await email.sendSummary("genesis", badDay(), "genesis/2026-03-15", signal);
    await emailTo([], mailer).sendSummary("genesis", badDay(), "genesis/2026-03-15", signal);
    const { parsed } = only(server.mails);
    expect(parsed.subject).toBe("[Genesis] Daily summary of 2026-03-15: ROLLED BACK");
    expect(parsed.messageId).toBe("<summary.genesis-2026-03-15@rollguard.example.org>");
    expect(parsed.text).toContain("WHAT WAITS FOR SOMEBODY");
  });
});
