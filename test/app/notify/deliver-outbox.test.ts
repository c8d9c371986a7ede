import { afterEach, describe, expect, test } from "@jest/globals";
import { DeliveryError } from "../../../src/app/notify/notifier.ts";
import type { Channel } from "../../../src/domain/message.ts";
import { until } from "../../support/until.ts";
import { PostOffice } from "./post-office.ts";

const away = new DeliveryError("unavailable", "nobody answers");
let office: PostOffice;

afterEach(() => office.close());

function opened(...channels: Channel[]): PostOffice {
  office = new PostOffice(channels);
  office.open();
  return office;
}

/** Nothing waits any more. */
async function quiet(): Promise<void> {
  await until(
    "the outbox to be empty",
    () => office.store.outbox.depth("shop"),
    ({ waiting }) => waiting === 0,
    {
      every: 5,
    },
  );
}

describe("messages", () => {
  test("go out once, in their order, each with what the one before it left", async () => {
    const { boxes } = opened("slack", "email");
    await office.fires("CacheBroken");
    await quiet();
    await office.fires("ErrorRateSpike");
    await quiet();
    await office.fires("CacheBroken");
    for (const box of boxes.values()) {
      expect(box.told).toEqual(["rolled_back", "escalated"]);
      expect(box.delivered.map(({ receipt }) => receipt?.letters ?? null)).toEqual([null, 1]);
      expect(box.delivered[0]).toMatchObject({
        id: expect.stringMatching(/^shop\/1-[01]$/),
        attempt: 1,
        incident: { tier: "flag", status: "open" },
      });
      expect(box.delivered[1]?.incident).toMatchObject({
        tier: "safe-state",
        alsoFiring: ["ErrorRateSpike"],
      });
    }
    expect(office.counted.sort()).toEqual([
      "email delivered",
      "email delivered",
      "slack delivered",
      "slack delivered",
    ]);
  });

  test("that piled up while a service was away come as one, and nothing else waits for it", async () => {
    const { boxes } = opened("slack", "pagerduty");
    const slack = office.box("slack");
    slack.error = away;
    await office.fires("CacheBroken");
    await office.fires("TestsFail");
    await office.fires("ServiceDown");
    await until(
      "the page",
      () => office.box("pagerduty").told.join(" "),
      (told) => told.includes("escalated escalated") || told.split(" ").length === 3,
    );
    await until(
      "some attempts",
      () => slack.tried,
      (tried) => tried > 3,
    );
    expect(slack.told).toEqual([]);
    expect(office.log.filter(({ level }) => level === "warn")).toMatchObject([
      {
        message: "a message could not be delivered",
        fields: { channel: "slack", why: "nobody answers", attempt: 1 },
      },
    ]);
    slack.error = null;
    await quiet();
    expect(slack.told).toEqual(["rolled_back escalated escalated"]);
    expect(slack.delivered[0]?.attempt).toBeGreaterThan(3);
    expect([...boxes.keys()]).toHaveLength(2);
  });

  test("of three days without the service: each incident once, as it stands by then", async () => {
    opened("slack");
    const slack = office.box();
    slack.error = away;
    for (let hour = 0; hour < 72; hour += 6) {
      office.now += 6 * 3_600_000;
      await office.fires("CacheBroken");
      await office.fires("TestsFail");
      await office.resolves("CacheBroken");
      await office.resolves("TestsFail");
      await office.acknowledges();
    }
    slack.error = null;
    await quiet();
    const subjects = slack.delivered.map(({ incident }) => incident.subject);
    expect(new Set(subjects).size).toBe(12);
    expect(subjects).toHaveLength(12);
    expect(new Set(slack.told)).toEqual(new Set(["rolled_back escalated acknowledged"]));
    expect(new Set(slack.delivered.map(({ incident }) => incident.status))).toEqual(new Set(["ended"]));
  });

  test("wait in their lane only, when a service hangs", async () => {
    opened("slack", "email");
    let release = (): void => undefined;
    office.box("slack").held = new Promise((resolve) => {
      release = resolve;
    });
    await office.fires("CacheBroken");
    await office.fires("ServiceDown");
    await until(
      "the mails",
      () => office.box("email").told.join(" "),
      (told) => told.includes("escalated"),
    );
    expect(office.box("slack").told).toEqual([]);
    release();
    await quiet();
    expect(office.box("slack").told.join(" ")).toBe("rolled_back escalated");
  });

  test("go out once, however many responders there are", async () => {
    opened("slack", "email");
    office.open();
    office.open();
    for (const name of ["CacheBroken", "RouterBroken", "TestsFail", "ErrorRateSpike", "ServiceDown"])
      await office.fires(name);
    await quiet();
    for (const box of office.boxes.values())
      expect(box.told.join(" ")).toBe("rolled_back escalated escalated escalated escalated");
  });

  test("that could not be delivered for a day are dead letters, and hold up nothing", async () => {
    office = new PostOffice();
    office.open({ deadAfter: 0 });
    office.box().error = new DeliveryError("refused", "no such channel");
    await office.fires("CacheBroken");
    await until(
      "a dead letter",
      () => office.store.outbox.depth("shop"),
      ({ dead }) => dead === 1,
    );
    office.box().error = null;
    await office.fires("ServiceDown");
    await quiet();
    expect(office.box().told).toEqual(["escalated"]);
    expect(office.counted).toEqual(["slack refused", "slack dead", "slack delivered"]);
    const [dead] = await office.store.outbox.list("shop", { limit: 10 });
    expect(dead).toMatchObject({ state: "dead", why: "no such channel" });
    expect(await office.store.outbox.retry("shop", dead?.id ?? "")).toBe(true);
    await quiet();
    expect(office.box().told).toEqual(["escalated", "rolled_back"]);
  });

  test("that we cannot write are told in the log, and tried again", async () => {
    opened("slack");
    office.box().error = new TypeError("a mistake");
    await office.fires("CacheBroken");
    await until(
      "it to be told",
      () => office.log,
      (log) => log.some(({ level }) => level === "error"),
    );
    office.box().error = null;
    await quiet();
    expect(office.box().told).toEqual(["rolled_back"]);
  });

  test("of a channel that a responder has no settings for are left to one that has", async () => {
    office = new PostOffice(["slack", "email"]);
    const [slack, email] = [office.box("slack"), office.box("email")];
    office.boxes.delete("slack");
    office.open();
    await office.fires("CacheBroken");
    await until(
      "the mail",
      () => email.told,
      (told) => told.length === 1,
    );
    const [left] = await office.store.outbox.list("shop", { limit: 10 });
    expect(left).toMatchObject({ state: "waiting", attempt: 0, message: { channel: "slack" } });
    office.boxes.set("slack", slack);
    office.open();
    await quiet();
    expect(slack.told).toEqual(["rolled_back"]);
    expect(office.counted).toEqual(["email delivered", "slack delivered"]);
  });

  test("that are under way when we stop are given back", async () => {
    office = new PostOffice();
    const carrier = office.open();
    office.box().held = new Promise(() => undefined);
    await office.fires("CacheBroken");
    await until(
      "it to be under way",
      () => office.box().tried,
      (tried) => tried === 1,
    );
    await carrier.stop();
    office.box().held = null;
    office.open();
    await quiet();
    expect(office.box().told).toEqual(["rolled_back"]);
    // It may have arrived: whoever tries again looks for it first.
    expect(office.box().delivered[0]?.attempt).toBe(2);
    expect(office.counted).toEqual(["slack delivered"]);
  });

  test("of a service that hangs keep no other channel waiting, however many there are", async () => {
    opened("slack", "pagerduty");
    office.box("slack").held = new Promise(() => undefined);
    for (const name of ["CacheBroken", "RouterBroken", "TestsFail"]) {
      for (let time = 0; time < 4; time += 1) {
        office.now += 2 * 3_600_000;
        await office.fires(name);
        await office.resolves(name);
        await office.acknowledges();
      }
    }
    const pages = office.box("pagerduty");
    await until(
      "the pages",
      () => new Set(pages.delivered.map(({ incident }) => incident.subject)).size,
      (subjects) => subjects === 12,
    );
    expect(office.box("slack").tried).toBeLessThan(12);
  });
});

describe("stakeholders", () => {
  test("are told once there is a verdict or it is over, from the tier phase upwards", async () => {
    opened("stakeholders");
    const stakeholders = office.box("stakeholders");
    await office.fires("CacheBroken");
    await quiet();
    await office.fires("TestsFail");
    await office.fires("ServiceDown");
    const entries = await office.store.outbox.list("shop", { limit: 10 });
    expect(entries.map(({ message }) => message.kind)).toEqual(["escalated", "escalated"]);
    expect(stakeholders.tried).toBe(0);
    await office.acknowledges();
    for (const { id } of entries.slice(0, 1)) await office.store.outbox.retry("shop", id);
    await quiet();
    expect(stakeholders.told).toEqual(["escalated escalated"]);
    expect(stakeholders.delivered[0]?.incident.status).toBe("ended");
  });
});

describe("a report", () => {
  test("waits until the alerts that came with its rollback are through", async () => {
    office = new PostOffice(["report"]);
    // No time passes for who delivers, however long this takes.
    office.open({ clock: { now: () => office.now } });
    const reports = office.box("report");
    await office.fires("TestsFail");
    await office.fires("ServiceDown");
    const [first] = await until(
      "it to be put off",
      () => office.store.outbox.list("shop", { limit: 10 }),
      ([entry]) => entry?.state === "waiting" && entry.until !== null,
      { every: 5 },
    );
    expect(reports.tried).toBe(0);
    expect(first?.why).toBeNull();
  });

  test("of what is over is written at once", async () => {
    opened("report");
    office.now -= 6_000;
    await office.fires("TestsFail");
    await quiet();
    expect(office.box("report").told).toEqual(["rolled_back"]);
  });
});
