import { hostname } from "node:os";
import { describe, expect, test } from "@jest/globals";
import { parseSmtpUrl } from "../../../../src/adapters/notify/email/smtp-url.ts";

const FROM = `rollguard@${hostname().toLowerCase()}`;

describe("the URL of a mail server", () => {
  test.each([
    [
      "smtp://mail.example.org",
      { host: "mail.example.org", port: 587, tls: "offered", login: null, from: FROM },
    ],
    ["smtp://mail.example.org:25/", { port: 25, tls: "offered" }],
    ["smtps://mail.example.org", { port: 465, tls: "implicit" }],
    ["SMTPS://mail.example.org:4465", { port: 4465, tls: "implicit" }],
    ["smtp://mail.example.org:465", { port: 465, tls: "implicit" }],
    ["smtp://u:p@mail.example.org", { tls: "required", login: { user: "u", pass: "p" } }],
    ["smtp://u:p@127.0.0.1:1025", { host: "127.0.0.1", tls: "offered" }],
    ["smtp://u:p@[::1]:1025", { host: "::1", port: 1025, tls: "offered" }],
    [
      "smtp://me%40example.org:a%2Fb%3Ac%25@mail.example.org",
      { login: { user: "me@example.org", pass: "a/b:c%" } },
    ],
    ["smtp://mail.example.org?from=a%2Bb@example.org", { from: "a+b@example.org" }],
    ["smtp://mail.example.org?from=a+b@example.org&tls=off", { from: "a+b@example.org", tls: "off" }],
    ["smtp://mail.example.org?tls=required", { tls: "required" }],
    [" smtp://mail.example.org\n", { host: "mail.example.org" }],
  ])("%s", (text, parts) => {
    expect(parseSmtpUrl(text)).toMatchObject(parts);
  });

  test.each([
    ["", "must look like smtp://"],
    ["mail.example.org:587", "must look like smtp://"],
    ["http://u:secret@mail.example.org", "must look like smtp://"],
    ["smtp://secret@example.org:secret@mail.example.org", "percent-encoded"],
    ["smtp://u:secret/more@mail.example.org", "percent-encoded"],
    ["smtp://u:secret?more@mail.example.org", "percent-encoded"],
    ["smtp://u:secret#more@mail.example.org", "percent-encoded"],
    ["smtp://u:secret%zz@mail.example.org", "percent-encoding"],
    ["smtp://secret@mail.example.org", "without a password"],
    ["smtp://:secret@mail.example.org", "without a user"],
    ["smtp://mail.example.org:99999", "port"],
    ["smtp://mail.example.org/secret", "must look like"],
    ["smtp://mail.example.org?secret=1", "from= and tls="],
    ["smtp://mail.example.org?from=secret", "no e-mail address"],
    ["smtp://mail.example.org?from=a@b.org%0d%0aBcc:secret@c.org", "no e-mail address"],
    ["smtp://mail.example.org?tls=secret", "neither required nor off"],
    ["smtp://u:secret@mail.example.org?tls=off", "everybody on the way could read"],
    ["smtps://mail.example.org?tls=off", "smtp:// instead of smtps://"],
  ])("%s is refused, and none of it repeated", (text, why) => {
    let told = "";
    try {
      parseSmtpUrl(text);
    } catch (error) {
      told = (error as Error).message;
    }
    expect(told).toContain(why);
    expect(told).toMatch(/^the SMTP URL /);
    expect(told).not.toContain("secret");
  });
});
