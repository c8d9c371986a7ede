import { firingAmong } from "../../domain/alert-memory.ts";
import { isActive, type Rollout, statusOf } from "../../domain/rollout.ts";
import type { ApplicationState } from "../../domain/state.ts";
import type { FiringView, Issue, MetricRow, ProgressStatus } from "./report.ts";
import type { ToldRollback } from "./rollbacks-in.ts";

export interface StatusSources {
  readonly rollout: Rollout | null;
  readonly state: ApplicationState;
  readonly rollbacks: readonly ToldRollback[];
  readonly issues: readonly Issue[];
  readonly metrics: readonly MetricRow[];
  readonly firing: readonly FiringView[] | null;
  /** Whether the time goes on until now: what is wrong now counts. */
  readonly isNow: boolean;
  /** Whether the rollout is as it was at the end of the time: its outcome counts, however long ago that was. */
  readonly atEnd: boolean;
}

interface Judged {
  readonly status: ProgressStatus;
  readonly because: readonly string[];
}

type StatusOnTheWay = Extract<ProgressStatus, "ON TRACK" | "AT RISK" | "ROLLED BACK" | "NO ROLLOUT">;

/** Of a stage, or of the last day: whatever was rolled back is rolled back; whatever is not settled is a risk. */
export function statusOnTheWay(sources: StatusSources): Judged & { readonly status: StatusOnTheWay } {
  const { rollout, rollbacks } = sources;
  if (rollbacks.length > 0)
    return { status: "ROLLED BACK", because: rollbacks.map(({ id, trigger }) => `${id} by ${trigger}`) };
  const risks = risksOf(sources);
  if (risks.length > 0) return { status: "AT RISK", because: risks };
  return rollout === null
    ? { status: "NO ROLLOUT", because: ["nothing was being rolled out", ...allIsWell(sources)] }
    : { status: "ON TRACK", because: allIsWell(sources) };
}

/** Of a whole day or rollout. */
export function statusOfWhole(sources: StatusSources): Judged {
  const { rollout, rollbacks, issues } = sources;
  if (rollbacks.length > 0)
    return { status: "FAILED", because: rollbacks.map(({ id, trigger }) => `${id} by ${trigger}`) };
  if (rollout?.outcome === "failed" && sources.atEnd)
    return { status: "FAILED", because: [rollout.lastDecision.detail] };
  const risks = risksOf(sources);
  const settled = issues.filter(({ resolution }) => resolution === "RESOLVED").map(({ text }) => text);
  const all = [...risks, ...settled];
  if (all.length > 0) return { status: "PARTIAL", because: all };
  return { status: "SUCCESS", because: allIsWell(sources) };
}

/** As far as that is known. */
function allIsWell({ metrics }: StatusSources): string[] {
  const unknown = metrics.filter(({ value }) => value === null).map(({ metric }) => metric);
  if (unknown.length === metrics.length) return ["no rollback, no open issue; no metric is known"];
  return [
    "no rollback, no open issue, no metric beyond its target at the end",
    ...(unknown.length === 0 ? [] : [`not known: ${unknown.join(", ")}`]),
  ];
}

function risksOf({ rollout, state, issues, metrics, firing, isNow, atEnd }: StatusSources): string[] {
  const unsettled = issues.filter(({ resolution }) => resolution !== "RESOLVED").map(({ text }) => text);
  if (!atEnd) return unsettled;
  const bad = metrics.filter(({ verdict, gated }) => verdict === "red" || (verdict === "yellow" && gated));
  // What the gate saw hours ago says nothing of now.
  const unseen = isActive(rollout)
    ? metrics.filter(({ gated, from }) => gated && from !== "prometheus" && from !== "alertmanager")
    : [];
  const status = rollout === null ? null : statusOf(rollout);
  const critical = (isNow ? (firing ?? []) : []).filter(
    ({ severity, silenced }) => severity === "critical" && !silenced,
  );
  return [
    ...(status === "paused" || status === "aborted" || status === "failed"
      ? [`the rollout is ${status}`]
      : []),
    ...(isActive(rollout) && status === "holding" && unsettled.length === 0
      ? [`the rollout is holding`]
      : []),
    ...(isNow && state.rollback !== null ? [`rollback ${state.rollback.id} is open`] : []),
    ...unsettled,
    ...bad.map(({ label, value, target, verdict }) => `${label} is ${verdict}: ${value} (target ${target})`),
    ...(unseen.length === 0
      ? []
      : [
          `the gate promotes nothing without data, and there is none now for ${unseen.map(({ metric }) => metric).join(", ")}`,
        ]),
    ...critical.map(({ alert }) => `${alert} is firing`),
    ...(isNow ? keptIn(state) : [])
      .filter((name) => !unsettled.some((text) => text.includes(name)))
      .map((name) => `${name} is firing, and nothing was turned down for it`),
    ...(isNow && state.storm !== null ? ["the storm breaker is open"] : []),
  ];
}

function keptIn(state: ApplicationState): string[] {
  const firing = firingAmong(state, state.kept);
  return [...new Set(firing.filter(({ why }) => why !== "acknowledged").map(({ name }) => name))];
}
