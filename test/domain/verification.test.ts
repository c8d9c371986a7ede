import { describe, expect, it } from "@jest/globals";
import { startVerification } from "../../src/domain/verification.ts";
import { judgeCheck, verifyCriteria } from "../../src/domain/verification-check.ts";
import { criterionOf, policyOf } from "../support/policies.ts";
import { RollbackSimulator, running } from "../support/rollback-simulator.ts";

const app = new RollbackSimulator({ policy: running, now: 1_000 });

const judge = (...seen: Parameters<typeof app.sight>) => judgeCheck(app.sight(...seen), running);

describe("a look at whether a rollback has helped", () => {
  it("tells nothing where nothing was looked at", () => {
    const policy = policyOf({});
    const evidence = { rollback: "rb-1", takenAt: 1, values: new Map(), breached: [], blindness: [] };
    expect(judgeCheck({ ...evidence, answered: [] }, policy)).toMatchObject({
      verdict: "no_data",
      why: [expect.stringMatching(/^nothing tells whether it has helped/)],
    });
    expect(judgeCheck({ ...evidence, answered: ["Slow"] }, policy).verdict).toBe("good");
  });

  it("is good when all that the gate knows has data and is out of the red", () => {
    expect(judge()).toEqual({ at: 1_000, verdict: "good", why: [] });
    expect(judge({ error_rate: 1, pass_rate: 95 }).verdict).toBe("good");
  });

  it("is bad when the worst series of one metric is red, and says how", () => {
    expect(judge({ error_rate: [0, 1.0000001, 0.5] })).toEqual({
      at: 1_000,
      verdict: "bad",
      why: ["error_rate 1 is red (red is > 1)"],
    });
    expect(judge({ error_rate: 7.1234567, pass_rate: 3 }).why).toEqual([
      "error_rate 7.12346 is red (red is > 1)",
      "pass_rate 3 is red (red is < 95)",
    ]);
  });

  it("is bad while a trigger of it is still true", () => {
    expect(judge("good", { breached: ["Slow", "Down"] })).toEqual({
      at: 1_000,
      verdict: "bad",
      why: ["Slow is still true", "Down is still true"],
    });
  });

  it("is without data when a metric has none, is not even named, or something keeps us from seeing", () => {
    expect(judge("no data")).toEqual({ at: 1_000, verdict: "no_data", why: ["no data for error_rate"] });
    expect(judge("good", { values: new Map() }).why).toEqual([
      "no data for error_rate",
      "no data for pass_rate",
    ]);
    expect(judge("good", { blindness: ["Prometheus does not answer"] })).toEqual({
      at: 1_000,
      verdict: "no_data",
      why: ["Prometheus does not answer"],
    });
  });

  it("is bad when something is known to be wrong, whatever else cannot be seen", () => {
    expect(judge("no data", { breached: ["Slow"], blindness: ["dark"] })).toMatchObject({
      verdict: "bad",
      why: ["Slow is still true"],
    });
  });

  it("asks for what Prometheus knows and one sample says: no averages, and nothing of Alertmanager's", () => {
    expect(verifyCriteria(running).map(({ metric }) => metric)).toEqual(["error_rate", "pass_rate"]);
    const ofAlertmanager = { ...criterionOf("critical_alerts", "== 0"), source: "alertmanager" as const };
    const gate = { name: "standard", criteria: [ofAlertmanager], holdFor: 1 };
    expect(verifyCriteria({ ...running, gates: new Map([["standard", gate]]) })).toEqual([]);
  });

  it("takes no bound for red where the gate has none, and asks nothing of a gate that is not there", () => {
    const green = { name: "standard", criteria: [criterionOf("error_rate", "< 1")], holdFor: 1 };
    const lenient = { ...running, gates: new Map([["standard", green]]) };
    expect(judgeCheck(app.sight({ error_rate: 99 }), lenient).verdict).toBe("good");
    expect(verifyCriteria({ ...running, gates: new Map() })).toEqual([]);
  });

  it("leaves out what only says whether an alert is true: a trigger is asked itself", () => {
    const criteria = [{ ...criterionOf("Slow", "== 0"), alert: "Slow" }, criterionOf("error_rate", "< 1")];
    const gates = new Map([["standard", { name: "standard", criteria, holdFor: 1 }]]);
    expect(verifyCriteria({ ...running, gates }).map(({ metric }) => metric)).toEqual(["error_rate"]);
  });

  it("begins when a tier was applied, and takes over when the store had the rollback", () => {
    const begun = startVerification(running.verify, null, 7);
    expect(begun).toEqual({
      since: 7,
      committedAt: null,
      nextCheckAt: 45_007,
      looks: 0,
      good: 0,
      last: null,
    });
    const known = { ...begun, committedAt: 9, good: 2 };
    expect(startVerification(running.verify, known, 8)).toEqual({
      since: 8,
      committedAt: 9,
      nextCheckAt: 45_008,
      looks: 0,
      good: 0,
      last: null,
    });
  });
});
