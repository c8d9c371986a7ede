import { expect, it } from "@jest/globals";
import fc from "fast-check";
import type { Alert } from "../../src/domain/alert.ts";
import { rolloutPolicy } from "../support/arbitraries-rollout.ts";
import { policyOf } from "../support/policies.ts";
import { shop } from "../support/policies-rollout.ts";
import { walks } from "../support/walks.ts";
import { type Step, stepSequence } from "./rollout-steps.ts";
import { RolloutWalk } from "./rollout-walk.ts";

it("whatever happens to a rollout under any policy is lawful, and there is a way out", () => {
  fc.assert(
    fc.property(rolloutPolicy, stepSequence, fc.boolean(), (policy, steps, byRetry) => {
      const walk = new RolloutWalk(policy);
      for (const step of steps) walk.step(step);
      walk.wayOut(byRetry);
      walk.world.replay();
    }),
    walks(300),
  );
});

const said = { acknowledge: true, reason: "fixed", expected: "any" } as const;

function alertOf(name: string, instance: string): Alert {
  const labels = { alertname: name, instance };
  const fingerprint = `${name}-${instance}`;
  return { fingerprint, name, status: "firing", startsAt: 0, application: "shop", job: null, labels };
}

/** Found by a walk: the law wanted another rollback for what somebody had acknowledged, and the decision was right. */
it("an alert of a group that was acknowledged by force is settled when it is told again", () => {
  const [first, other] = [alertOf("Alert0", "0"), alertOf("Alert5", "2")];
  const steps: readonly Step[] = [
    { do: "deploy", plan: 0, said, threshold: null },
    { do: "at once", commands: [first, other] },
    { do: "acknowledge", force: true, said },
    { do: "alert", alert: other },
    { do: "restore", shares: null, said },
    // Anew, it is another alert.
    { do: "alert", alert: { ...other, startsAt: 1 } },
  ];
  const triggers = ["Alert0", "Alert5"].map((alert) => ({ alert, tier: "flag" as const }));
  const { flags, plans, gates } = shop;
  const walk = new RolloutWalk({ ...policyOf({ triggers }), flags, plans, gates });
  for (const step of steps) walk.step(step);
  walk.wayOut(false);
});

/** Found by a walk: the law wanted what somebody had begun in a storm to stop for an alert that was told before. */
it("an alert that a storm keeps back is told once: who begins a rollout after that has looked", () => {
  const policy = policyOf({
    triggers: [{ alert: "Alert0", tier: "emergency" }],
    tiers: { emergency: { trafficCap: 0 } },
    rollbacks: { stormBreaker: { rollbacks: 1, within: 3_600_000 } },
  });
  const { flags, plans, gates } = shop;
  const walk = new RolloutWalk({ ...policy, flags, plans, gates });
  const [first, other] = [alertOf("Alert0", "0"), alertOf("Alert0", "1")];
  const steps: readonly Step[] = [
    { do: "deploy", plan: 0, said, threshold: null },
    { do: "alert", alert: first },
    { do: "begin again", by: "restore", said },
    { do: "alert", alert: other },
    { do: "deploy", plan: 0, said, threshold: null },
    { do: "alert", alert: other },
  ];
  for (const step of steps) walk.step(step);
  expect(walk.world.state.kept.size).toBe(1);
  expect(walk.world.state.rollout?.pausedAt).toBeNull();
  walk.wayOut(false);
});
