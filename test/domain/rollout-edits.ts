import type { Gate } from "../../src/domain/gate.ts";
import type { Policy } from "../../src/domain/policy.ts";
import { criterionOf } from "../support/policies.ts";
import type { PolicyEdit } from "./rollout-steps.ts";

/** Somebody edits the policy while it is in force. */
export function edited(policy: Policy, original: Policy, how: PolicyEdit, which: number): Policy {
  const standard = policy.gates.get("standard");
  const withGate = (gate: Gate): Policy => ({
    ...policy,
    gates: new Map([...policy.gates, [gate.name, gate]]),
  });
  switch (how) {
    case "remove a flag": {
      const keys = [...policy.flags.keys()].filter((key) => key !== "traffic");
      return {
        ...policy,
        flags: new Map([...policy.flags].filter(([key]) => key !== keys[which % keys.length])),
      };
    }
    case "remove a gate":
      return { ...policy, gates: new Map([...policy.gates].slice(1 + (which % 2))) };
    case "add a criterion":
      if (standard === undefined) return policy;
      return withGate({
        ...standard,
        criteria: [...standard.criteria, criterionOf(`more_${which}`, "< 5", "> 9")],
      });
    case "tighten a gate":
      if (standard === undefined) return policy;
      return withGate({
        ...standard,
        criteria: standard.criteria.map((one) => ({
          ...one,
          sustained: { checksInARow: 1 + (which % 4) },
        })),
      });
    case "change after blindness":
      return {
        ...policy,
        rollout: { ...policy.rollout, afterBlindness: which % 2 === 0 ? "restart" : "continue" },
      };
    case "mend":
      return original;
  }
}
