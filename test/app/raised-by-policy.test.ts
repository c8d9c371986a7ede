import { expect, it } from "@jest/globals";
import { Policies } from "../../src/app/policies.ts";
import { raisedByPolicies } from "../../src/app/raised-by-policy.ts";
import type { FlagPolicy } from "../../src/domain/flag.ts";
import type { Policy } from "../../src/domain/policy.ts";
import { policyOf } from "../support/policies.ts";
import { OFF } from "../support/policies-rollout.ts";
import { RollbackSimulator } from "../support/rollback-simulator.ts";

const policy = policyOf({
  flags: [
    { key: "parent" },
    { key: "child", parent: "parent" },
    { key: "dark", ...OFF },
    { key: "under", parent: "dark" },
    { key: "slow", ramp: { shape: "steps", points: [{ at: 0, percentage: 1 }] } },
    { key: "stop", kind: "kill-switch", ...OFF },
  ],
  triggers: [{ alert: "ParentBroken", tier: "flag", flags: ["parent"] }],
});

const app = new RollbackSimulator({ policy });
app.fires("ParentBroken");

function edited(key: string, edit: Partial<FlagPolicy>): Policy {
  const flags = new Map(policy.flags);
  flags.set(key, { ...(flags.get(key) as FlagPolicy), ...edit });
  return { ...policy, flags };
}

const raised = (next: Policy, read = async () => app.state as never) =>
  raisedByPolicies({ policies: new Policies([policy]), store: { read } }, [next]);

const EU = { users: new Set<string>(), regions: new Set(["eu"]), rules: [] };

it.each([
  ["takes a flag from below one that is off", edited("under", { parent: null }), "under from 0 to 100 %"],
  [
    "turns a default on",
    edited("dark", { enabled: true, rolloutPercentage: 5 }),
    "dark from 0 to 5 %, under from 0 to 100 %",
  ],
  ["names others", edited("traffic", { targeting: EU }), "traffic for others than before"],
  ["takes a ramp away", edited("slow", { ramp: null }), "slow for others than before"],
  [
    "turns a flag on for whom it names",
    edited("dark", { enabled: true, targeting: EU }),
    "dark from 0 to 0 %, under from 0 to 100 %",
  ],
])("a policy that %s is refused while a rollback is open", async (_, next, says) => {
  expect(await raised(next)).toEqual([
    `shop: rollback ${app.state.rollback?.id} is open, and this policy would raise ${says}: reload it when the rollback has ended`,
  ]);
});

it("a policy that lowers, says the same, or is new, is not; nor any while nothing is known", async () => {
  expect(await raised(policy)).toEqual([]);
  expect(await raised(edited("child", { enabled: false }))).toEqual([]);
  expect(await raised(edited("stop", { enabled: true, rolloutPercentage: 100 }))).toEqual([]);
  expect(await raised({ ...policy, application: { ...policy.application, name: "new" } })).toEqual([]);
  const away = async () => {
    throw new Error("the store is away");
  };
  expect(await raised(edited("under", { parent: null }), away)).toEqual([]);
});
