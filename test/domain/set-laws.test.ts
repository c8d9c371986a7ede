import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { Decision } from "../../src/domain/decision.ts";
import { exposuresOf } from "../../src/domain/flag.ts";
import { OFF, on, shop, steps } from "../support/policies-rollout.ts";
import { RollbackSimulator, running } from "../support/rollback-simulator.ts";
import { walks } from "../support/walks.ts";
import { must } from "./must.ts";

type Step =
  | { readonly do: "set"; readonly flags: Record<string, boolean | number>; readonly acknowledge: boolean }
  | { readonly do: "fire" | "resolve" | "roll back"; readonly alert: string }
  | { readonly do: "verify" | "deploy" | "check" | "resume" | "shut down" | "open up" };

const wish = fc.oneof(fc.boolean(), fc.integer({ min: 0, max: 100 }));
const stepOf = (keys: readonly string[], alerts: readonly string[]): fc.Arbitrary<Step> =>
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant("set" as const),
        flags: fc.dictionary(fc.constantFrom(...keys), wish, { minKeys: 1, maxKeys: 3 }),
        acknowledge: fc.boolean(),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constantFrom("fire" as const, "resolve" as const, "roll back" as const),
        alert: fc.constantFrom(...alerts),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constantFrom("verify", "deploy", "check", "resume", "shut down", "open up"),
      }) as fc.Arbitrary<Step>,
    },
  );

/** An application in which anything happens, and flags are set meanwhile. */
class World extends RollbackSimulator {
  exposures(): ReadonlyMap<string, number> {
    return exposuresOf(this.policy.flags, this.settings);
  }

  walk(step: Step): void {
    this.now += 1_000;
    switch (step.do) {
      case "set":
        this.#set(step.flags, step.acknowledge);
        break;
      case "fire":
        this.fires(step.alert);
        break;
      case "resolve":
        this.resolves(step.alert);
        break;
      case "roll back":
        this.fires(step.alert);
        for (const alert of this.policy.triggers.keys()) this.resolves(alert);
        while (this.dueLook !== null) this.nextVerify("good");
        break;
      case "verify":
        if (this.dueLook !== null) this.nextVerify("good");
        break;
      case "deploy":
        this.deploy([...this.policy.plans.values()][0] ?? steps, { acknowledge: true, reason: "again" });
        break;
      case "check":
        if (this.isActive) this.check();
        break;
      case "resume":
        this.says("resume");
        break;
      default:
        this.shutdown(step.do === "shut down");
    }
  }

  #set(flags: Record<string, boolean | number>, acknowledge: boolean): void {
    const { rollback, rollout } = this.state;
    const [before, settings, quarantine] = [this.exposures(), this.settings, this.quarantine];
    const decision = this.sets(flags, { acknowledge });
    if (decision.reason === "refused") this.#refusedForAReason(flags, decision, settings);
    const after = this.exposures();
    for (const [key, { kind }] of this.policy.flags) {
      const raised = (after.get(key) as number) > (before.get(key) as number);
      if (kind === "operational") continue;
      must(!raised || rollback === null, `${key}: nothing is raised while a rollback is open`);
      must(!raised || !(key in quarantine) || acknowledge, `${key}: quarantine is left by acknowledgement`);
      must(kind !== "kill-switch" || !(key in flags) || !raised, "the kill switch is not set like this");
    }
    for (const key of Object.keys(this.quarantine))
      must(key in quarantine, "setting puts nothing in quarantine");
    const outcome = this.state.rollout?.outcome ?? null;
    must(outcome === (rollout?.outcome ?? null), "setting ends no rollout");
    must(this.sets(flags, { acknowledge }).events.length === 0, "the second time there is nothing to do");
  }

  /** Whoever only lowers is let through, but for what is protected and the kill switch. */
  #refusedForAReason(
    flags: Record<string, boolean | number>,
    { detail, events, changes }: Decision,
    settings: World["settings"],
  ): void {
    must(events.length === 0 && changes.length === 0, "what is refused changes nothing");
    const onlyLowers = Object.entries(flags).every(([key, to]) => {
      const { enabled, rolloutPercentage } = settings.get(key) ?? OFF;
      const { kind, protected: isProtected } = this.policy.flags.get(key) ?? {};
      if (kind === "kill-switch" || isProtected) return false;
      return to === false || (typeof to === "number" && to <= (enabled ? rolloutPercentage : 0));
    });
    must(!onlyLowers, `lowering is always allowed, not refused: ${detail}`);
  }
}

describe("setting flags, whatever happens meanwhile", () => {
  it.each([
    ["in a shop with everything on", running],
    ["in a shop that is rolled out", shop],
  ])("raises nothing that must stay down, and always lowers: %s", (_, policy) => {
    const step = stepOf([...policy.flags.keys()], [...policy.triggers.keys()]);
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (walk) => {
        const world = new World({ policy, now: 1_790_000_000_000 });
        for (const each of walk) world.walk(each);
      }),
      walks(300),
    );
  });

  it("has been seen to refuse and to set", () => {
    const world = new World({ policy: running });
    world.walk({ do: "fire", alert: "CacheBroken" });
    world.walk({ do: "set", flags: { cache: true }, acknowledge: true });
    world.walk({ do: "set", flags: { router: 10 }, acknowledge: false });
    expect(world.settings.get("cache")).toEqual(OFF);
    expect(world.settings.get("router")).toEqual(on(10));
  });
});
