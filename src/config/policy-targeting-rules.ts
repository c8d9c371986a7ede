import { KIND_WORDS, type Rule } from "./policy-rule.ts";

const TESTS = ["in", "notIn", "prefix", "semverAtLeast"] as const;

/** An attribute is tested in exactly one way. */
const oneTest: Rule = (context) => {
  for (const [key, { targeting }] of context.flags) {
    for (const [index, rule] of (targeting?.rules ?? []).entries()) {
      const path = ["flags", key, "targeting", "rules", index];
      if (context.hasLeftOut(path)) continue;
      const tests = TESTS.filter((test) => rule[test] !== undefined);
      if (tests.length !== 1)
        context.report(
          path,
          tests.length === 0
            ? `say what "${rule.attribute}" has to be: one of ${TESTS.join(", ")}`
            : `${tests.join(" and ")}: a rule has one of them; write two rules`,
        );
    }
  }
};

const whoMayRamp: Rule = (context) => {
  const { trafficFlag } = context.policy.application;
  for (const [key, { kind, targeting, ramp }] of context.flags) {
    if (kind === "kill-switch" && targeting !== undefined)
      context.report(["flags", key, "targeting"], "the kill switch is for everybody", "key");
    if (ramp === undefined) continue;
    const path = ["flags", key, "ramp"];
    if (kind !== "release") context.report(path, `${KIND_WORDS[kind]} has no ramp`, "key");
    else if (key === trafficFlag)
      context.report(path, "the traffic flag is moved by plans, under gates: no ramp may move it", "key");
  }
};

const ascending: Rule = (context) => {
  for (const [key, { ramp }] of context.flags) {
    const points = ramp?.points ?? [];
    for (const [index, { at }] of points.entries()) {
      const before = points[index - 1];
      if (before !== undefined && at <= before.at)
        context.report(
          ["flags", key, "ramp", "points", index, "at"],
          "must be later than the point before it",
        );
    }
  }
};

export const TARGETING_RULES: readonly Rule[] = [oneTest, whoMayRamp, ascending];
