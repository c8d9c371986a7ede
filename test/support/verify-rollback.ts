import { Lanes } from "../../src/app/lanes.ts";
import { Policies } from "../../src/app/policies.ts";
import type { StateStore } from "../../src/app/ports.ts";
import type { Policy } from "../../src/domain/policy.ts";
import { storeAt } from "./store-with.ts";

export interface Checks {
  readonly values?: ReadonlyMap<string, readonly number[]>;
  readonly breached?: readonly string[];
  readonly blindness?: readonly string[];
  /** Default: as many as make it verified. */
  readonly times?: number;
}

/** Looks at the open rollback as the clock would, each time when it is due, whatever the time is now. */
export async function verifyRollback(store: StateStore, policy: Policy, checks: Checks = {}): Promise<void> {
  const {
    values = new Map(),
    breached = [],
    blindness = [],
    times = policy.verify.goodChecksInARow,
  } = checks;
  const application = policy.application.name;
  let now = 0;
  const lanes = new Lanes({
    store: storeAt(store, { now: () => now }),
    policies: new Policies([policy]),
  });
  for (let check = 0; check < times; check += 1) {
    const { rollback, verification } = await store.read(application);
    if (rollback === null || verification === null) throw new Error("there is no rollback to verify");
    now = verification.nextCheckAt;
    const evidence = {
      rollback: rollback.id,
      takenAt: now,
      values,
      answered: ["Trigger"],
      breached,
      blindness,
    };
    await lanes.submit(application, [{ type: "verify", evidence }]);
  }
}
