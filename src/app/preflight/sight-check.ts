import type { Policy } from "../../domain/policy.ts";
import type { Deadline } from "../deadline.ts";
import { alertsOf, matcherFor } from "../gather-evidence/alerts-of.ts";
import { lostWatchdog } from "../gather-evidence/lost-watchdog.ts";
import type { AlertSource, Clock, StateStore } from "../ports.ts";
import { fail, type PreflightCheck, pass } from "./preflight-check.ts";

interface SightTools {
  readonly store: Pick<StateStore, "read">;
  readonly clock: Clock;
  readonly deadline: Deadline;
}

/** A rollout that began blind would raise traffic, and then stand there: nothing may say that we cannot see. */
export async function checkSight(
  policy: Policy,
  alerts: AlertSource,
  { store, clock, deadline }: SightTools,
): Promise<PreflightCheck> {
  const [active, { watchdog }] = await Promise.all([
    deadline.run("Alertmanager", () => alerts.alerts(matcherFor(policy))),
    deadline.run("the store", () => store.read(policy.application.name)),
  ]);
  const firing = alertsOf(policy, active).blind.map(({ name }) => `${name} is firing`);
  const now = clock.now(policy.application.name);
  const lost = watchdog === null ? [] : lostWatchdog(watchdog, policy.rollout.watchdogTimeout, now);
  const blindness = [...new Set(firing), ...lost];
  if (blindness.length === 0) return pass("alertmanager", "nothing says that we cannot see");
  return fail(
    "alertmanager",
    blindness.join("; "),
    "mend that first: a rollout would be held, blind, at once",
  );
}

const SEVERITY = ["pass", "warn", "fail"] as const;

export function worse(a: PreflightCheck, b: PreflightCheck): PreflightCheck {
  return SEVERITY.indexOf(b.status) > SEVERITY.indexOf(a.status) ? b : a;
}
