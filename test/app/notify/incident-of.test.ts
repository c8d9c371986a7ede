import { describe, expect, test } from "@jest/globals";
import type { Incident } from "../../../src/app/notify/incident.ts";
import { incidentOf } from "../../../src/app/notify/incident-of.ts";
import type { AlertTexts } from "../../../src/domain/alert.ts";
import type { Decision } from "../../../src/domain/decision.ts";
import type { Message, MessageKind } from "../../../src/domain/message.ts";
import { planOf } from "../../support/policies.ts";
import { RollbackSimulator, running } from "../../support/rollback-simulator.ts";

const texts: AlertTexts = {
  summary: "Errors",
  description: "7.1 % of the requests fail",
  runbookUrl: "https://example.org/runbook",
  dashboardUrl: null,
};

/** A shop, and what people are told of what happened last. */
class Told {
  readonly shop = new RollbackSimulator({ policy: running, now: 1_790_000_000_000 });
  #last: readonly Message[] = [];

  after(decision: Decision): Incident {
    if (decision.messages.length > 0) this.#last = decision.messages;
    const [first, ...others] = this.#last;
    if (first === undefined) throw new Error("nobody is told of anything");
    const { policy, state, ledger } = this.shop;
    const parts = { policy, state, production: true, externalUrl: "https://rollguard.example.org" };
    return incidentOf({ ...parts, events: ledger, messages: [first, ...others] });
  }
}

describe("what people are told of a rollback", () => {
  test("when it begins: why, what was turned down, and that it is being verified", () => {
    const told = new Told();
    const startsAt = told.shop.now - 20_000;
    const incident = told.after(told.shop.fires("ErrorRateSpike", { startsAt, texts }));
    expect(incident).toMatchObject({
      kind: "rollback",
      status: "open",
      tier: "safe-state",
      headline: expect.stringMatching(
        /^Rolled back \(safe-state\): ErrorRateSpike, \d flags down, traffic \d+ % → 0 %$/,
      ),
      alert: { name: "ErrorRateSpike", startsAt, summary: "Errors" },
      took: { toRollBack: 20, toVerify: null },
      links: { console: "https://rollguard.example.org", runbook: "https://example.org/runbook" },
      steps: [{ kind: "rolled_back", text: "safe-state: ErrorRateSpike is firing" }],
      todo: [expect.stringMatching(/^Nothing yet/)],
    });
    expect(incident.flags.every(({ after }) => !after.enabled || after.rolloutPercentage === 0)).toBe(true);
  });

  test("when it escalates: from before the first tier to now, with the alerts that joined", () => {
    const told = new Told();
    const first = told.after(told.shop.fires("CacheBroken"));
    expect(first.flags).toMatchObject([{ flag: "cache", before: { rolloutPercentage: 100 } }]);
    told.shop.fires("RouterBroken");
    told.shop.fires("CacheBroken", { fingerprint: "another" });
    const then = told.after(told.shop.fires("ErrorRateSpike"));
    expect(then).toMatchObject({
      tier: "safe-state",
      alsoFiring: ["RouterBroken", "ErrorRateSpike"],
      absorbed: 1,
    });
    expect(then.flags[0]).toMatchObject({
      flag: "cache",
      before: { enabled: true },
      after: { enabled: false },
    });
    expect(then.steps.map(({ kind }) => kind)).toEqual(["rolled_back", "escalated", "escalated"]);
  });

  test("when it is verified: what to do before anything can be raised", () => {
    const told = new Told();
    told.shop.fires("TestsFail");
    const incident = told.after(told.shop.looksOn("good"));
    expect(incident).toMatchObject({
      status: "verified",
      endedAt: null,
      took: { toVerify: expect.any(Number) },
    });
    expect(incident.todo).toEqual([expect.stringMatching(/rollguard acknowledge rb-.* cannot be raised\.$/)]);
    const over = told.after(told.shop.resolves("TestsFail"));
    expect(over).toMatchObject({
      status: "ended",
      endedAt: told.shop.now,
      headline: expect.stringMatching(/^Rollback over \(phase\)/),
    });
    const known = told.after(told.shop.acknowledges(incident.subject));
    expect(known.todo).toEqual([]);
    expect(known.steps.at(-1)).toMatchObject({
      kind: "acknowledged",
      text: expect.stringContaining("understood"),
    });
  });

  test("when nothing has helped, and when nothing can be seen", () => {
    const failed = new Told();
    failed.shop.fires("ServiceDown");
    expect(failed.after(failed.shop.looksOn("bad"))).toMatchObject({
      status: "failed",
      headline: expect.stringMatching(/^ROLLBACK FAILED/),
      todo: [
        expect.stringMatching(/^Act now: .*ServiceDown/),
        expect.stringContaining("rollguard acknowledge"),
      ],
    });
    const unverified = new Told();
    unverified.shop.fires("TestsFail");
    expect(unverified.after(unverified.shop.looksOn("no data"))).toMatchObject({
      status: "unverified",
      todo: [expect.stringMatching(/^Look yourself/), expect.anything()],
    });
  });

  test("by hand: who, and why", () => {
    const told = new Told();
    const incident = told.after(told.shop.rollsBack("phase"));
    expect(incident).toMatchObject({ alert: null, headline: expect.stringMatching(/: by mia, /) });
    expect(incident.rollback).toMatchObject({ reason: "slow" });
  });

  test("begins with the policy's own line", () => {
    const told = new Told();
    const templates = new Map<MessageKind, string>([
      ["rolled_back", "{{tier}}! {{alert}} {{traffic_after}} {{value}}"],
    ]);
    told.shop.policy = { ...running, notifications: { ...running.notifications, templates } };
    expect(told.after(told.shop.fires("ServiceDown")).headline).toBe("emergency! ServiceDown 0 % –");
  });
});

describe("what people are told of everything else", () => {
  test("a rollout: its stage, and what it waits for", () => {
    const told = new Told();
    const begun = told.after(told.shop.deploy(planOf("steps", [{ traffic: 10 }, { traffic: 100 }])));
    expect(begun).toMatchObject({
      kind: "rollout",
      status: "info",
      headline: "Rollout begun (steps, stage 1 of 2: stage 1, running)",
      rollback: null,
      todo: [],
    });
    expect(told.after(told.shop.says("pause"))).toMatchObject({
      todo: ["It goes on with: rollguard resume."],
    });
  });

  test("an alert that was kept back: that somebody must look, and when it is over", () => {
    const told = new Told();
    told.shop.policy = { ...running, rollbacks: { ...running.rollbacks, cooldown: 3_600_000 } };
    told.shop.wholeRollback("CacheBroken");
    const kept = told.after(told.shop.fires("CacheBroken"));
    expect(kept).toMatchObject({
      kind: "notice",
      status: "open",
      headline: "Fires again after its rollback: nothing is turned down: CacheBroken",
      alert: { name: "CacheBroken", labels: {} },
      todo: [expect.stringMatching(/^Look at it yourself: CacheBroken is firing/)],
    });
    expect(told.after(told.shop.resolves("CacheBroken"))).toMatchObject({
      status: "ended",
      headline: "Over: CacheBroken",
    });
  });
});
