import { describe, expect, test } from "@jest/globals";
import { dailySummaryMail } from "../../../../src/adapters/notify/email/daily-summary-mail.ts";
import { incidentMail } from "../../../../src/adapters/notify/email/incident-mail.ts";
import { mailHtml } from "../../../../src/adapters/notify/email/mail-html.ts";
import { mailText } from "../../../../src/adapters/notify/email/mail-text.ts";
import {
  type StakeholderNews,
  stakeholderMailOf,
} from "../../../../src/adapters/notify/email/stakeholder-mail.ts";
import { markedTest } from "../../../../src/adapters/notify/email/test-mail.ts";
import {
  ended,
  escalated,
  failed,
  HOSTILE_TEXTS,
  held,
  hostile,
  justRolledBack,
  keptBack,
  promoted,
  STARTED_AT,
  unverified,
  verified,
} from "../../../support/sample-incidents.ts";
import { expectGoldenMail } from "./golden.ts";
import { badDay, CONTACTS, quietDay } from "./sample-summary.ts";

const MINUTE = 60_000;

const NEWS: StakeholderNews = {
  moment: "first",
  told: 0,
  lastAt: null,
  now: STARTED_AT + 14 * MINUTE,
  every: 60 * MINUTE,
  reportWithin: 24 * 60 * MINUTE,
  figures: [
    { name: "Error rate", value: "0.04 %" },
    { name: "P95 latency", value: "182 ms" },
    { name: "Health checks", value: "5/5 passing" },
  ],
  contacts: CONTACTS,
};

const WHEN = {
  "just rolled back": justRolledBack(),
  escalated: escalated(),
  verified: verified(),
  unverified: unverified(),
  failed: failed(),
  ended: ended(),
  promoted: promoted(),
  held: held(),
  "kept back": keptBack(),
};

describe("the mail of an incident", () => {
  test.each(Object.entries(WHEN))("%s", (when, incident) => {
    expectGoldenMail(`incident-${when.replaceAll(" ", "-")}`, incidentMail(incident, CONTACTS));
  });

  test("a test is marked", () => {
    expectGoldenMail("test", markedTest(incidentMail(verified(), CONTACTS)));
  });
});

describe("the mail to stakeholders", () => {
  test("the first word", () => {
    expectGoldenMail("stakeholders-first", stakeholderMailOf(verified(), NEWS));
  });

  test("an update tells what is new since the last one", () => {
    const news: StakeholderNews = {
      ...NEWS,
      moment: "update",
      told: 1,
      lastAt: STARTED_AT + 2 * MINUTE,
      now: STARTED_AT + 74 * MINUTE,
    };
    expectGoldenMail("stakeholders-update", stakeholderMailOf(failed(), news));
  });

  test("all clear", () => {
    const news: StakeholderNews = { ...NEWS, moment: "allClear", told: 2, lastAt: STARTED_AT + 20 * MINUTE };
    expectGoldenMail("stakeholders-all-clear", stakeholderMailOf(ended(), news));
  });
});

describe("the daily summary", () => {
  test("of a day with everything in it", () => {
    expectGoldenMail("daily-summary", dailySummaryMail(badDay(), CONTACTS));
  });

  test("of a day without anything", () => {
    expectGoldenMail("daily-summary-quiet", dailySummaryMail(quietDay()));
  });
});

describe("texts from outside", () => {
  const mails = {
    incident: incidentMail(hostile(), CONTACTS),
    stakeholders: stakeholderMailOf(hostile(), {
      ...NEWS,
      figures: [{ name: HOSTILE_TEXTS.html, value: HOSTILE_TEXTS.control }],
      contacts: [
        { role: HOSTILE_TEXTS.html, name: HOSTILE_TEXTS.long, email: null, escalation: HOSTILE_TEXTS.turned },
      ],
    }),
    summary: dailySummaryMail(
      badDay({
        title: HOSTILE_TEXTS.html,
        waiting: [HOSTILE_TEXTS.long, HOSTILE_TEXTS.control],
        alerts: [{ alert: HOSTILE_TEXTS.turned, times: 1 }],
      }),
    ),
  };

  test.each(Object.entries(mails))("%s: no markup, no image, nothing that is fetched or run", (_, mail) => {
    const page = mailHtml(mail);
    const tags = new Set(
      [...page.matchAll(/<\/?([a-z!][a-z0-9]*)/gi)].map(([, name]) => name?.toLowerCase()),
    );
    expect([...tags].filter((tag) => !OURS.has(tag ?? ""))).toEqual([]);
    expect(page).not.toMatch(/\son[a-z]+="|url\(|javascript:|<[^>]*\ssrc=/i);
    const hrefs = [...page.matchAll(/href="([^"]*)"/g)].map(([, href]) => href);
    expect(hrefs.every((href) => href?.startsWith("https://"))).toBe(true);
  });

  test.each(Object.entries(mails))(
    "%s: no line of their own, nothing that turns the text around",
    (_, mail) => {
      for (const text of [mailText(mail), mailHtml(mail)]) {
        expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069\u2028]/u);
        expect(text).not.toMatch(/^Bcc:/m);
        expect(text).not.toMatch(/\p{Surrogate}/u);
      }
    },
  );

  test.each(Object.entries(mails))("%s: a mail that clients do not cut", (_, mail) => {
    expect(Buffer.byteLength(mailHtml(mail))).toBeLessThan(100_000);
  });

  test("an address that a client would run is no link, nor does a link hold a password", () => {
    const links = {
      console: "javascript:alert(1)",
      dashboard: "https://ada:secret@grafana.example.com/d/1?a=1&b=2",
      runbook: "data:text/html,x",
    };
    const page = mailHtml(incidentMail(justRolledBack({ links }), []));
    const hrefs = [...page.matchAll(/href="([^"]*)"/g)].map(([, href]) => href);
    expect(hrefs).toEqual(["https://grafana.example.com/d/1?a=1&amp;b=2"]);
  });

  test("of very many steps the first and the last are told", () => {
    const { steps } = justRolledBack();
    const many = Array.from({ length: 100 }, (_, index) => ({
      ...steps[0],
      at: STARTED_AT + index,
      kind: "escalated" as const,
      text: `step ${index}`,
    }));
    const text = mailText(incidentMail(justRolledBack({ steps: many }), []));
    expect(text).toContain("step 0\n");
    expect(text).toContain("70 more in between");
    expect(text).toContain("step 99\n");
  });
});

const OURS = new Set(
  "!doctype html head meta title body div p span strong h1 h2 ul li table tr td a wbr".split(" "),
);
