import { expect, test } from "@jest/globals";
import { localTime, minutesBetween } from "../../../src/app/notify/local-day.ts";

const at = Date.UTC(2026, 10, 20, 23, 5);

test.each([
  ["UTC", { day: "2026-11-20", time: "23:05" }],
  ["Europe/Berlin", { day: "2026-11-21", time: "00:05" }],
  ["America/Los_Angeles", { day: "2026-11-20", time: "15:05" }],
])("the time of people in %s", (timeZone, expected) => {
  expect(localTime(at, timeZone)).toEqual(expected);
});

test("minutes between two times of a day", () => {
  expect([minutesBetween("09:00", "09:07"), minutesBetween("09:00", "08:59")]).toEqual([7, -1]);
});
