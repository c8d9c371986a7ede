import { expectRollbackFlag, isKnown, KIND_WORDS, phasesOf, type Rule } from "./policy-rule.ts";
import { badName, isName } from "./policy-scalars.ts";

const flagNames: Rule = (context) => {
  const overrides = new Map<string, string>();
  for (const flag of context.flags.keys()) {
    if (!isName(flag)) context.report(["flags", flag], badName(flag), "key");
    const same = overrides.get(flag.toUpperCase());
    if (same !== undefined)
      context.report(["flags", flag], `"${flag}" and "${same}" have the same environment override`, "key");
    overrides.set(flag.toUpperCase(), flag);
  }
};

const parents: Rule = (context) => {
  const { flags } = context;
  for (const [key, flag] of flags) {
    if (flag.parent === undefined) continue;
    const path = ["flags", key, "parent"];
    if (!isKnown(context, "flag", flag.parent, path)) continue;
    const parent = flags.get(flag.parent);
    if (flag.kind !== "release") context.report(path, `${KIND_WORDS[flag.kind]} has no parent`);
    else if (parent !== undefined && parent.kind !== "release")
      context.report(path, `${KIND_WORDS[parent.kind]} is no parent`);
    else if (flag.protected && parent !== undefined && !parent.protected)
      context.report(
        path,
        `"${key}" is protected, but its parent "${flag.parent}" is not: rolling that back turns both off`,
      );
  }
};

/** Each cycle is told once, at the first of its flags in the file. */
const cycles: Rule = (context) => {
  const { flags } = context;
  const done = new Set<string>();
  for (const start of flags.keys()) {
    const chain = new Set<string>();
    let key: string | undefined = start;
    while (key !== undefined && !done.has(key) && !chain.has(key)) {
      chain.add(key);
      key = flags.get(key)?.parent;
    }
    if (key !== undefined && chain.has(key)) {
      const walked = [...chain];
      const cycle = [...walked.slice(walked.indexOf(key)), key];
      context.report(["flags", key, "parent"], `the flags are each other's parents: ${cycle.join(" -> ")}`);
    }
    for (const seen of chain) done.add(seen);
  }
};

const oneKillSwitch: Rule = (context) => {
  const switches = [...context.flags].filter(([, flag]) => flag.kind === "kill-switch");
  for (const [key] of switches.slice(1))
    context.report(["flags", key, "kind"], `there is a kill switch already: "${switches[0]?.[0]}"`);
};

const trafficFlag: Rule = (context) => {
  const { trafficFlag: key } = context.policy.application;
  const path = ["application", "trafficFlag"];
  if (!isKnown(context, "flag", key, path)) return;
  const flag = context.flags.get(key);
  if (flag !== undefined && flag.kind !== "release")
    context.report(path, `"${key}" is ${KIND_WORDS[flag.kind]}: the traffic flag must be a release flag`);
  if (flag?.protected) context.report(path, `"${key}" is protected: no rollback could take its traffic away`);
};

const SELECTING_TIERS = ["phase", "safe-state", "emergency"] as const;

const tierSelections: Rule = (context) => {
  const phasesWithFlags = phasesOf(context, (flag) => !flag.protected);
  for (const tier of SELECTING_TIERS) {
    const { phases, flags, killSwitch } = context.policy.tiers[tier];
    for (const [index, phase] of phases.entries()) {
      if (!phasesWithFlags.has(phase))
        context.report(
          ["tiers", tier, "phases", index],
          `no flag that a rollback may turn off is in phase ${phase}`,
        );
    }
    for (const [index, flag] of flags.entries())
      expectRollbackFlag(context, flag, ["tiers", tier, "flags", index]);
    if (killSwitch && ![...context.flags.values()].some((flag) => flag.kind === "kill-switch"))
      context.report(["tiers", tier, "killSwitch"], "there is no flag of the kind kill-switch to engage");
  }
};

/** A more severe tier also does what the milder ones do, so a higher cap would be a promise that is not kept. */
const tierCaps: Rule = (context) => {
  let mildest: { tier: string; cap: number } | undefined;
  for (const tier of SELECTING_TIERS) {
    const cap = context.policy.tiers[tier].trafficCap;
    if (cap === null) continue;
    if (mildest !== undefined && cap > mildest.cap)
      context.report(
        ["tiers", tier, "trafficCap"],
        `${tier} is more severe than ${mildest.tier}, but its cap of ${cap} % is higher than ${mildest.cap} %`,
      );
    else mildest = { tier, cap };
  }
};

export const FLAG_RULES: readonly Rule[] = [
  flagNames,
  parents,
  cycles,
  oneKillSwitch,
  trafficFlag,
  tierSelections,
  tierCaps,
];
