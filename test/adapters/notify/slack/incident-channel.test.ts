import { describe, expect, test } from "@jest/globals";
import {
  deservesChannel,
  incidentChannelName,
} from "../../../../src/adapters/notify/slack/incident-channel.ts";
import { justRolledBack, keptBack, promoted } from "../../../support/sample-incidents.ts";

describe("the incident's channel", () => {
  const at = Date.UTC(2026, 2, 14, 23, 30);

  test("has the day of the time zone in its name", () => {
    expect(incidentChannelName("#incident-YYYY-MM-DD", at, "UTC")).toBe("#incident-2026-03-14");
    expect(incidentChannelName("#incident-YYYY-MM-DD", at, "Europe/Berlin")).toBe("#incident-2026-03-15");
    expect(incidentChannelName("incident-YYYY-MM-DD", at, "America/New_York")).toBe("#incident-2026-03-14");
  });

  test("is named as Slack allows it", () => {
    expect(incidentChannelName("#Genesis Incident! YYYYMMDD", at, "UTC")).toBe("#genesis-incident-20260314");
    expect(incidentChannelName("#incidents", at, "UTC")).toBe("#incidents");
    expect(incidentChannelName(`#${"a".repeat(100)}`, at, "UTC")).toHaveLength(81);
  });

  test("is for rollbacks of tier phase and above", () => {
    const tiers = ["flag", "stage", "phase", "safe-state", "emergency"] as const;
    const opened = tiers.filter((tier) => deservesChannel(justRolledBack({ tier })));
    expect(opened).toEqual(["phase", "safe-state", "emergency"]);
    expect(deservesChannel(keptBack({ tier: "phase" }))).toBe(false);
    expect(deservesChannel(promoted())).toBe(false);
  });
});
