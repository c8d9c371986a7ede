import { describe, expect, it } from "@jest/globals";
import type { Alert } from "../../src/domain/alert.ts";
import type { Command } from "../../src/domain/command.ts";
import { decideAll } from "../../src/domain/decide.ts";
import { nextVerifyOf } from "../../src/domain/decide-verify.ts";
import { LedgerReader } from "../support/ledger-reader.ts";
import { planOf } from "../support/policies.ts";
import { MINUTE, on, shop, steps } from "../support/policies-rollout.ts";
import { RolloutSimulator } from "../support/rollout-simulator.ts";

const NOW = 1_790_000_000_000;
const quiet = { actor: "mia", reason: "now", expected: null, acknowledge: true };

function firing(name: string): Command {
  const told = { startsAt: NOW - 1, application: null, job: null, labels: {} };
  const alert: Alert = { fingerprint: name, name, status: "firing", ...told };
  return { type: "alert", alert };
}

const COMMANDS: Readonly<Record<string, Command>> = {
  deploy: { type: "deploy", plan: planOf("again", [{ traffic: 60 }]), thresholds: new Map(), ...quiet },
  errors: firing("ErrorRateSpike"),
  cache: firing("CacheBroken"),
  operator: { type: "rollback", tier: "phase", flags: [], phase: null, shutdown: false, ...quiet },
};

function ordersOf<T>(all: readonly T[]): T[][] {
  if (all.length === 0) return [[]];
  return all.flatMap((first) =>
    ordersOf(all.filter((each) => each !== first)).map((rest) => [first, ...rest]),
  );
}

describe("a rollback in the same millisecond as a deploy, another trigger and an operator's", () => {
  it.each(ordersOf(Object.keys(COMMANDS)).map((order) => [order.join(", ")]))(
    "is one, and nothing is rolled out after it: %s",
    (order) => {
      const app = new RolloutSimulator({ policy: shop, now: NOW });
      app.deploy(steps);
      app.runToEnd();
      const names = order.split(", ");
      const commands = names.map((name) => COMMANDS[name] as Command);
      const before = app.ledger.length;
      const { decisions, ...together } = decideAll(app.state, commands, shop, app.now);
      app.state.apply(together);
      const { rollback, rollout } = app.state;

      const reasons = decisions.map(({ decision }) => decision.reason);
      expect(reasons.filter((reason) => reason === "rolled_back")).toHaveLength(1);
      const ids = together.events.flatMap(({ rollback: id }) => id ?? []);
      expect(new Set(ids)).toEqual(new Set([rollback?.id]));
      expect(rollback).toMatchObject({ tier: "safe-state", status: "verifying" });
      expect(nextVerifyOf(app.state)).toBe(app.now + shop.verify.startAfter);
      expect(app.traffic).toBe(0);
      // Whoever comes first: the deploy is ended by the rollback, or refused because of it.
      const isFirst = names[0] === "deploy";
      expect(reasons[names.indexOf("deploy")]).toBe(isFirst ? "promoted" : "refused");
      expect(rollout).toMatchObject(isFirst ? { outcome: "rolled_back" } : { outcome: "completed" });

      const reader = new LedgerReader(shop.flags);
      for (const event of app.ledger) reader.read(event);
      for (const [index, event] of together.events.entries())
        reader.read({ ...event, revision: before + index + 1 });
      expect(reader).toMatchObject({ settings: app.settings, rollback: { id: rollback?.id } });
    },
  );
});

describe("a rollback while a rollout waits", () => {
  const waiting: readonly (readonly [string, (app: RolloutSimulator) => void])[] = [
    ["paused", (app) => void app.says("pause")],
    ["holding", (app) => app.runFor(120 * MINUTE, { error_rate: 0.5 })],
    ["holding", (app) => void app.nextCheck({}, ["Prometheus does not answer"])],
  ];

  it.each(waiting)("ends it at once, and it does not go on later: %s", (status, wait) => {
    const app = new RolloutSimulator({ policy: shop, now: NOW });
    app.deploy(steps);
    wait(app);
    expect(app.status).toBe(status);
    const before = app.settings;
    expect(app.alert("ErrorRateSpike")).toMatchObject({
      reason: "rolled_back",
      events: [{ rollout: { status: "rolled_back" } }],
    });
    expect([app.status, app.traffic]).toEqual(["rolled_back", 0]);
    expect(before.get("traffic")).toEqual(on(10));
    for (const verb of ["resume", "approve", "pause", "abort"] as const)
      expect(app.says(verb).reason).toBe("refused");
    app.alert("ErrorRateSpike", "resolved");
    app.verify();
    app.runFor(7 * 24 * 60 * MINUTE);
    expect([app.status, app.traffic, app.state.rollback]).toEqual(["rolled_back", 0, null]);
  });
});
