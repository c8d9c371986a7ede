import type { FlagPolicy, FlagSetting, Settings } from "../../domain/flag.ts";
import { overrideVariableOf } from "../../domain/override.ts";
import type { Policy } from "../../domain/policy.ts";
import { trafficOf } from "../../domain/turn-down.ts";
import { counted, fail, listed, type PreflightCheck, pass, warn } from "./preflight-check.ts";

/**
 * Whether environment overrides let a rollout move what it sets. Where they hold traffic, a deploy must not begin: its
 * gates would be green for users who never came, or could never be sent back, and all of that would change at once
 * when the override goes.
 */
export function checkOverrides(policy: Policy): PreflightCheck {
  const overridden = [...policy.flags.values()].filter(
    ({ override, kind }) => override !== null && kind !== "operational",
  );
  if (overridden.length === 0) return pass("policy", "no environment override is in force");
  const traffic = trafficAt(ON, policy);
  if (traffic === trafficAt(OFF, policy)) {
    const holding = overridden.filter(({ key, kind }) => kind === "kill-switch" || isAbove(key, policy));
    return fail(
      "policy",
      `traffic stays at ${traffic} % whatever a rollout sets, because of ${said(holding)}`,
      fixFor(holding),
    );
  }
  return warn(
    "policy",
    `${counted(overridden.length, "environment override")} in force, which no rollout or rollback moves: ${said(overridden)}`,
    fixFor(overridden),
  );
}

const ON: FlagSetting = { enabled: true, rolloutPercentage: 100 };
const OFF: FlagSetting = { enabled: false, rolloutPercentage: 0 };

/** Traffic if its flag were set so, and everything else were as a rollout needs it. */
function trafficAt(setting: FlagSetting, policy: Policy): number {
  const { trafficFlag } = policy.application;
  const settings: Settings = new Map(
    [...policy.flags.values()].map(({ key, kind }) => [
      key,
      key === trafficFlag ? setting : kind === "kill-switch" ? OFF : ON,
    ]),
  );
  return trafficOf(policy, settings);
}

/** The traffic flag itself, or one above it. */
function isAbove(key: string, { application, flags }: Policy): boolean {
  let next = flags.get(application.trafficFlag);
  while (next !== undefined && next.key !== key)
    next = next.parent === null ? undefined : flags.get(next.parent);
  return next !== undefined;
}

function said(flags: readonly FlagPolicy[]): string {
  return listed(
    flags.map(({ key, override }) => `${key} ${override ? "on" : "off"} (${overrideVariableOf(key)})`),
    10,
    ", ",
  );
}

function fixFor(flags: readonly FlagPolicy[]): string {
  const variables = flags.map(({ key }) => overrideVariableOf(key));
  return `unset ${listed(variables, 10, ", ")} in Rollguard's environment, and restart it`;
}
