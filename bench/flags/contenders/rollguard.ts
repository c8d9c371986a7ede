import { compileFlags, evaluate } from "../../../src/domain/evaluate.ts";
import type { FlagPolicy } from "../../../src/domain/flag.ts";
import type { Targeting } from "../../../src/domain/targeting.ts";
import { type Evaluator, OTHERS, SCENARIOS } from "../scenarios.ts";

const PRO: Targeting = {
  users: new Set(),
  regions: new Set(),
  rules: [{ attribute: "plan", test: { kind: "in", values: new Set(["pro"]) }, serve: true }],
};

export function rollguard(): Evaluator {
  const flags = [
    ...OTHERS.map((key) => flagOf(key, 100, null)),
    ...SCENARIOS.map(({ key, percentage, targeted }) => flagOf(key, percentage, targeted ? PRO : null)),
  ];
  const set = compileFlags(new Map(flags.map((flag) => [flag.key, flag])), { revision: 1, flags: new Map() });
  return (key, user) => {
    const flag = set.flags.get(key);
    if (flag === undefined) return false;
    const result = evaluate(flag, user.id, { plan: user.plan }, Date.now());
    return typeof result === "object" && result.value;
  };
}

function flagOf(key: string, rolloutPercentage: number, targeting: Targeting | null): FlagPolicy {
  return {
    key,
    kind: "release",
    enabled: true,
    rolloutPercentage,
    phase: null,
    risk: null,
    parent: null,
    protected: false,
    description: "",
    override: null,
    targeting,
    ramp: null,
    safeValue: false,
  };
}
