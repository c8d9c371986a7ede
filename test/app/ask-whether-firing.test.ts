import { describe, expect, it } from "@jest/globals";
import { submitAsking, whetherFiring } from "../../src/app/ask-whether-firing.ts";
import type { AlertSource, MetricsSource } from "../../src/app/ports.ts";
import type { Alert } from "../../src/domain/alert.ts";
import type { Command } from "../../src/domain/command.ts";
import { decide, type NumberedDecision } from "../../src/domain/decide.ts";
import { MINUTE, on } from "../support/policies-rollout.ts";
import { RollbackSimulator, running } from "../support/rollback-simulator.ts";
import { alertsOf, firing, metricsOf, policy, unavailable } from "./evidence-sources.ts";

function alert(name: string, more: Partial<Alert> = {}): Alert {
  const labels = { alertname: name };
  return {
    fingerprint: name,
    name,
    status: "firing",
    startsAt: 0,
    application: null,
    job: null,
    labels,
    ...more,
  };
}

const lists = (...names: readonly string[]) => alertsOf(async () => names.map((name) => firing(name)));
const says = (...values: readonly number[]) => metricsOf(async () => ({ values, warnings: [] }));

async function asked(alerts: AlertSource | null, metrics: MetricsSource | null) {
  const ask = whetherFiring({ alerts, metrics, within: 50 });
  return (await ask?.(policy, [alert("ErrorRateSpike")]))?.[0];
}

describe("whether an alert fires now", () => {
  it("is what Alertmanager and Prometheus say; who says that it does is believed", async () => {
    expect(await asked(lists("ErrorRateSpike"), says())).toEqual({
      isFiring: true,
      by: "Alertmanager lists it as firing",
    });
    expect(await asked(lists(), says(7))).toEqual({
      isFiring: true,
      by: "its expression is true in Prometheus",
    });
    expect(await asked(lists("ServiceDown"), says())).toEqual({
      isFiring: false,
      by: "Alertmanager does not list it, and its expression is not true in Prometheus",
    });
  });

  it("is what the one says that is configured, or answers", async () => {
    const notListed = { isFiring: false, by: "Alertmanager does not list it" };
    expect(await asked(lists(), null)).toEqual(notListed);
    expect(await asked(lists(), metricsOf(unavailable("Prometheus is away")))).toEqual(notListed);
    const doubtful = metricsOf(async () => ({ values: [], warnings: ["not whole"] }));
    expect(await asked(lists(), doubtful)).toEqual(notListed);
    const notTrue = { isFiring: false, by: "its expression is not true in Prometheus" };
    expect(await asked(null, says())).toEqual(notTrue);
    expect(await asked(alertsOf(unavailable("Alertmanager is away")), says())).toEqual(notTrue);
  });

  it("is not known when nobody answers in time, and nobody is asked who is not there", async () => {
    const hangs = alertsOf(() => new Promise(() => undefined));
    expect(await asked(hangs, null)).toEqual({
      isFiring: null,
      by: "nobody who was asked whether it fires has answered",
    });
    expect(whetherFiring({ alerts: null, metrics: null })).toBeNull();
  });

  it("is asked once for many alerts of a name", async () => {
    let questions = 0;
    const counting = alertsOf(async () => {
      questions += 1;
      return [firing("ErrorRateSpike", {}, { fingerprint: "2" })];
    });
    const ask = whetherFiring({ alerts: counting, metrics: null });
    const many = Array.from({ length: 100 }, (_, index) =>
      alert("ErrorRateSpike", { fingerprint: `${index}` }),
    );
    const answers = (await ask?.(policy, many)) ?? [];
    expect(answers.filter(({ isFiring }) => isFiring)).toHaveLength(1);
    expect(answers[2]?.isFiring).toBe(true);
    expect(questions).toBe(1);
  });
});

describe("commands that ask", () => {
  /** Its rollback was acknowledged, and an operator has raised the traffic. */
  function raisedAgain(): RollbackSimulator {
    const app = new RollbackSimulator({ policy: running });
    app.acknowledges(app.wholeRollback("ErrorRateSpike"));
    app.restore(new Map([["traffic", on(60)]]), { acknowledge: true });
    app.now += MINUTE;
    return app;
  }

  function lanesOf(app: RollbackSimulator, submitted: number[]) {
    return {
      submit: async (_: string, commands: readonly Command[]): Promise<readonly NumberedDecision[]> => {
        submitted.push(commands.length);
        return commands.map((command) => {
          const decision = decide(app.state, command, app.policy, app.now);
          app.take(command);
          return { decision, revision: decision.events.length > 0 ? app.state.revision : null };
        });
      },
    };
  }

  it("are decided again with the answer, in their places, and the others at once", async () => {
    const app = raisedAgain();
    const submitted: number[] = [];
    const stale = { type: "alert", alert: alert("ErrorRateSpike"), evidence: "to be asked" } as const;
    const fresh = {
      type: "alert",
      alert: alert("CacheBroken", { startsAt: app.now }),
      evidence: "to be asked",
    } as const;
    const ask = whetherFiring({ alerts: lists(), metrics: null });
    const decisions = await submitAsking(lanesOf(app, submitted), { firing: ask, unread: null }, app.policy, [
      stale,
      fresh,
    ]);
    expect(decisions.map(({ decision }) => decision.reason)).toEqual(["duplicate", expect.any(String)]);
    expect(decisions[0]?.decision.detail).toMatch(/late news of it: Alertmanager does not list it$/);
    expect(app.settings.get("traffic")).toEqual(on(60));
    expect(submitted).toEqual([2, 1]);
  });

  it("cost nothing more where nothing is late", async () => {
    const app = new RollbackSimulator({ policy: running });
    const submitted: number[] = [];
    const asks = alertsOf(() => {
      throw new Error("nobody need be asked");
    });
    const fresh = { type: "alert", alert: alert("CacheBroken"), evidence: "to be asked" } as const;
    const ask = whetherFiring({ alerts: asks, metrics: null });
    await submitAsking(lanesOf(app, submitted), { firing: ask, unread: null }, app.policy, [fresh, fresh]);
    await submitAsking(lanesOf(app, submitted), { firing: null, unread: null }, app.policy, [fresh]);
    expect(submitted).toEqual([2, 1]);
  });
});
