import { afterEach, describe, expect, test } from "@jest/globals";
import { deliveryErrorOf, failureIn } from "../../../../src/adapters/notify/email/smtp-failure.ts";
import { parseSmtpUrl } from "../../../../src/adapters/notify/email/smtp-url.ts";
import { DeliveryError } from "../../../../src/app/notify/notifier.ts";
import { sampleDelivery } from "../../../support/sample-deliveries.ts";
import { justRolledBack } from "../../../support/sample-incidents.ts";
import { SELF_SIGNED } from "../../../support/self-signed.ts";
import { type SmtpServerOptions, startSmtpServer } from "../../../support/smtp-server.ts";
import { until } from "../../../support/until.ts";
import { ADA, BOB, emailTo, mailShop, stopper } from "./mail-shop.ts";

const { signal } = new AbortController();
const LOGIN = { user: "robot", pass: "s3cr3t/pass" };
const SECRETS = ["s3cr3t", "robot", "rollguard@example.org", Buffer.from(LOGIN.pass).toString("base64")];

afterEach(() => stopper.stop());

/** The URL with a user in it. */
function withLogin(url: string, pass = LOGIN.pass): string {
  return url.replace("://", `://${LOGIN.user}:${encodeURIComponent(pass)}@`);
}

async function failureOf(sending: Promise<unknown>): Promise<DeliveryError> {
  const error = await sending.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof DeliveryError)) throw new Error(`no DeliveryError: ${String(error)}`);
  for (const secret of SECRETS) expect(`${error.message} ${String(error.cause)}`).not.toContain(secret);
  return error;
}

async function refusalBy(options: SmtpServerOptions): Promise<DeliveryError> {
  const { email } = await mailShop(options);
  return failureOf(email.deliver(sampleDelivery(justRolledBack()), signal));
}

describe("how it is sent", () => {
  test("over few connections, which stay open", async () => {
    const { server, email } = await mailShop();
    const ids = Array.from({ length: 12 }, (_, index) => `genesis/${index}-0`);
    await Promise.all(
      ids.map((id) => email.deliver(sampleDelivery(justRolledBack(), { id }), new AbortController().signal)),
    );
    expect(server.mails).toHaveLength(12);
    expect(server.mostAtOnce).toBeLessThanOrEqual(2);
    expect(server.connections).toBeLessThanOrEqual(2);
  });

  test.each(["starttls", "implicit"] as const)("encrypted: %s", async (tls) => {
    const server = await stopper.start(startSmtpServer({ tls, login: LOGIN }));
    const smtpUrl = withLogin(server.url).replace("127.0.0.1", "localhost");
    const { email } = await mailShop({}, { smtpUrl, ca: SELF_SIGNED.cert });
    await email.deliver(sampleDelivery(justRolledBack()), signal);
    expect(server.mails).toMatchObject([{ encrypted: true, user: "robot" }]);
  });

  test("unencrypted where that was asked for, whatever the server offers", async () => {
    const server = await stopper.start(startSmtpServer({ tls: "starttls" }));
    const { email } = await mailShop({}, { smtpUrl: `${server.url}&tls=off` });
    await email.deliver(sampleDelivery(justRolledBack()), signal);
    expect(server.mails).toMatchObject([{ encrypted: false }]);
  });

  test("a connection that the server has given up meanwhile costs nothing", async () => {
    const server = await stopper.start(startSmtpServer());
    const { email } = await mailShop({}, { smtpUrl: server.url });
    await email.deliver(sampleDelivery(justRolledBack(), { id: "genesis/1-0" }), signal);
    server.disconnect();
    await email.deliver(sampleDelivery(justRolledBack(), { id: "genesis/2-0" }), signal);
    expect(server.mails).toHaveLength(2);
  });

  test("after the end nothing is sent, and no connection is left", async () => {
    const { server, email, mailer } = await mailShop();
    await email.deliver(sampleDelivery(justRolledBack()), signal);
    mailer.close();
    await until(
      "no connection",
      () => server.open,
      (open) => open === 0,
    );
    const error = await failureOf(
      email.deliver(sampleDelivery(justRolledBack(), { id: "genesis/2-0" }), signal),
    );
    expect(error.kind).toBe("unavailable");
  });
});

describe("what passes by itself is tried again", () => {
  test("nobody listens", async () => {
    const server = await startSmtpServer();
    await server.stop();
    const { email } = await mailShop({}, { smtpUrl: server.url });
    const error = await failureOf(email.deliver(sampleDelivery(justRolledBack()), signal));
    expect(error).toMatchObject({
      kind: "unavailable",
      message: `the mail server 127.0.0.1:${server.port} refuses connections`,
    });
  });

  test("the name does not resolve", async () => {
    const { email } = await mailShop({}, { smtpUrl: "smtp://no-such-host.invalid:2525" });
    const error = await failureOf(email.deliver(sampleDelivery(justRolledBack()), signal));
    expect(error).toMatchObject({ kind: "unavailable", message: expect.stringContaining("is not found") });
  });

  test.each(["greeting", "data"] as const)("it does not answer any more: %s", async (hang) => {
    const server = await stopper.start(startSmtpServer({ hang }));
    const { email } = await mailShop({}, { smtpUrl: server.url, timeout: 100 });
    const error = await failureOf(email.deliver(sampleDelivery(justRolledBack()), signal));
    expect(error).toMatchObject({
      kind: "unavailable",
      message: `the mail server 127.0.0.1:${server.port} does not answer in time`,
    });
  });

  test("it is cut off from here", async () => {
    const { server, email } = await mailShop({ hang: "data" });
    const stopping = new AbortController();
    const sending = failureOf(email.deliver(sampleDelivery(justRolledBack()), stopping.signal));
    await until(
      "a connection",
      () => server.connections,
      (count) => count > 0,
    );
    stopping.abort();
    await expect(sending).resolves.toMatchObject({ kind: "unavailable" });
    const before = failureOf(email.deliver(sampleDelivery(justRolledBack()), AbortSignal.abort()));
    await expect(before).resolves.toMatchObject({ kind: "unavailable" });
    expect(server.mails).toEqual([]);
  });

  test.each<[string, SmtpServerOptions]>([
    ["turned away for now", { greeting: 421 }],
    ["the sender for now", { sender: 451 }],
    ["greylisted", { recipients: { [ADA]: 450, [BOB]: 450 } }],
    ["greylisted and refused", { recipients: { [ADA]: 450, [BOB]: 550 } }],
    ["the mail for now", { data: 452 }],
    ["out of step", { data: 503 }],
  ])("%s", async (_, options) => {
    const error = await refusalBy(options);
    expect(error).toMatchObject({
      kind: "unavailable",
      message: expect.stringContaining("asks to come again later ("),
    });
  });

  test("what was put off is taken the next time", async () => {
    const { server, email } = await mailShop({ recipients: { [ADA]: 450, [BOB]: 450 } });
    const delivery = sampleDelivery(justRolledBack());
    await failureOf(email.deliver(delivery, signal));
    server.become({});
    await email.deliver({ ...delivery, attempt: 2 }, signal);
    expect(server.mails).toMatchObject([{ to: [ADA, BOB] }]);
  });
});

describe("what somebody has to mend says how", () => {
  test.each<[string, SmtpServerOptions, string]>([
    ["turned away", { greeting: 554 }, "turns us away (554 it says 554): ask who runs it"],
    ["the sender", { sender: 550 }, "refuses the sender (550 it says 550): put an address into SMTP_URL"],
    ["a login is missing", { sender: 530 }, "wants a user and a password"],
    [
      "every recipient",
      { recipients: { [ADA]: 550, [BOB]: 550 } },
      "refuses every recipient (550 it says 550): correct the addresses in the policy",
    ],
    ["the mail", { data: 554 }, "refuses the mail (554 it says 554)"],
  ])("%s", async (_, options, told) => {
    const error = await refusalBy(options);
    expect(error).toMatchObject({ kind: "refused", message: expect.stringContaining(told) });
  });

  test("a wrong password", async () => {
    const server = await stopper.start(startSmtpServer({ login: LOGIN }));
    const { email } = await mailShop({}, { smtpUrl: withLogin(server.url, "s3cr3t-but-wrong") });
    const error = await failureOf(email.deliver(sampleDelivery(justRolledBack()), signal));
    expect(error).toMatchObject({
      kind: "refused",
      message: `the mail server 127.0.0.1:${server.port} refuses the user and the password (535): put those in SMTP_URL that it knows, percent-encoded`,
    });
  });

  test("a login that is off for now is not a wrong one", async () => {
    const server = await stopper.start(startSmtpServer({ login: LOGIN, auth: 454 }));
    const { email } = await mailShop({}, { smtpUrl: withLogin(server.url) });
    const error = await failureOf(email.deliver(sampleDelivery(justRolledBack()), signal));
    expect(error.kind).toBe("unavailable");
  });

  test("of a reply that repeats what it was told only the number is left", async () => {
    const says = `no, ${LOGIN.user}, not with ${Buffer.from(LOGIN.pass).toString("base64")}`;
    const server = await stopper.start(startSmtpServer({ login: LOGIN, data: 554, says }));
    const { email } = await mailShop({}, { smtpUrl: withLogin(server.url) });
    const error = await failureOf(email.deliver(sampleDelivery(justRolledBack()), signal));
    expect(error.message).toContain("refuses the mail (554): ask");
  });

  test.each(["starttls", "implicit"] as const)("a certificate that nobody has signed: %s", async (tls) => {
    const error = await refusalBy({ tls });
    expect(error).toMatchObject({
      kind: "refused",
      message: expect.stringContaining("has a certificate that is not trusted (DEPTH_ZERO_SELF_SIGNED_CERT)"),
    });
  });

  test("no encryption where there must be some", async () => {
    const server = await stopper.start(startSmtpServer());
    const { email } = await mailShop({}, { smtpUrl: `${withLogin(server.url)}&tls=required` });
    const error = await failureOf(email.deliver(sampleDelivery(justRolledBack()), signal));
    expect(error).toMatchObject({
      kind: "refused",
      message: expect.stringContaining(
        "does not encrypt with STARTTLS, and everybody on the way could read the mail",
      ),
    });
    expect(server.mails).toEqual([]);
  });

  test("TLS from the start where the server begins without", async () => {
    const server = await stopper.start(startSmtpServer());
    const { email } = await mailShop({}, { smtpUrl: server.url.replace("smtp:", "smtps:") });
    const error = await failureOf(email.deliver(sampleDelivery(justRolledBack()), signal));
    expect(error).toMatchObject({
      kind: "refused",
      message: expect.stringMatching(/^TLS with the mail server .* fails: use smtp:/),
    });
  });

  test("an address that is none", async () => {
    const { mailer } = await mailShop();
    const email = emailTo(["a b\r\nRCPT TO:<evil@example.net>"], mailer);
    const error = await failureOf(email.deliver(sampleDelivery(justRolledBack()), signal));
    expect(error).toMatchObject({
      kind: "refused",
      message: expect.stringContaining("correct the addresses"),
    });
  });

  test("what nobody knows is named by its code alone", () => {
    const address = parseSmtpUrl("smtp://[::1]:2525");
    const halfway = Object.assign(new Error("Connection closed unexpectedly"), { code: "ETLS" });
    const odd = Object.assign(new Error("s3cr3t"), { code: "EODD\r\n" });
    const known = [halfway, odd, new Error("s3cr3t"), "s3cr3t", null].map((error) =>
      deliveryErrorOf(failureIn(error), address),
    );
    expect(known.map(({ kind, message }) => `${kind}: ${message}`)).toEqual([
      "unavailable: the mail server [::1]:2525 broke the connection",
      "unavailable: the mail server [::1]:2525 cannot be used (EODD)",
      ...Array.from({ length: 3 }, () => "unavailable: the mail server [::1]:2525 cannot be used"),
    ]);
  });
});

describe("some recipients", () => {
  test("are refused: the others get it, and it is told", async () => {
    const { server, email, refused } = await mailShop({ recipients: { [BOB]: 550 } });
    const receipt = await email.deliver(sampleDelivery(justRolledBack()), signal);
    expect(receipt).toMatchObject({ refused: 1 });
    expect(refused).toEqual([BOB]);
    expect(server.mails).toMatchObject([{ to: [ADA] }]);
  });

  test("are put off: they get it the next time, and the others not twice", async () => {
    const { server, mailer } = await mailShop({ recipients: { [BOB]: 450 } });
    const email = emailTo([ADA, "bob@EXAMPLE.org"], mailer);
    const delivery = sampleDelivery(justRolledBack());
    const error = await failureOf(email.deliver(delivery, signal));
    expect(error).toMatchObject({
      kind: "unavailable",
      message: expect.stringContaining("puts off 1 of 2 recipients"),
    });
    server.become({});
    await email.deliver({ ...delivery, attempt: 2 }, signal);
    expect(server.mails.map(({ to }) => to)).toEqual([[ADA], [BOB]]);
    expect(server.mails.map(({ parsed }) => parsed.to?.length)).toEqual([2, 2]);
  });

  test("are put off again and again: the others do not wait for ever", async () => {
    const { server, email, refused } = await mailShop({ recipients: { [BOB]: 450 } });
    await email.deliver(sampleDelivery(justRolledBack(), { attempt: 10 }), signal);
    expect(refused).toEqual([BOB]);
    expect(server.mails).toMatchObject([{ to: [ADA] }]);
  });
});
