import type { Policy } from "../../domain/policy.ts";
import type { TargetHealth } from "../ports.ts";
import { counted, fail, listed, type PreflightCheck, pass, warn } from "./preflight-check.ts";

/** The application must be seen whole. What stands beside it is worth a look. */
export function checkTargets(
  { application: { job } }: Policy,
  targets: readonly TargetHealth[],
): PreflightCheck {
  const own = targets.filter((target) => target.job === job);
  const down = targets.filter(({ up }) => !up);
  const ownDown = down.filter((target) => target.job === job);
  if (own.length === 0) {
    return fail(
      "prometheus",
      `Prometheus has no target of the job ${job}`,
      "scrape it: `rollguard generate` writes prometheus/prometheus.yml from the policy's scrape.targets; then reload Prometheus",
    );
  }
  if (ownDown.length > 0) {
    return fail(
      "prometheus",
      `${ownDown.length} of ${counted(own.length, "target")} of ${job} ${isAre(ownDown)} down: ${said(ownDown)}`,
      `see that ${job} is up and that Prometheus reaches it`,
    );
  }
  const others = down.filter((target) => target.job !== job);
  if (others.length > 0) {
    return warn(
      "prometheus",
      `${counted(others.length, "target")} of other jobs ${isAre(others)} down: ${said(others)}`,
      "see that they are up and that Prometheus reaches them; what is not wanted any more goes from its scrape configuration",
    );
  }
  const beside = targets.length - own.length;
  return pass(
    "prometheus",
    `${counted(own.length, "target")} of ${job} up${beside === 0 ? "" : `, and ${beside} of other jobs`}`,
  );
}

function said(targets: readonly TargetHealth[]): string {
  return listed(
    targets.map(({ job, instance, lastError }) => `${job} ${instance} (${lastError || "not scraped yet"})`),
  );
}

function isAre({ length }: readonly unknown[]): string {
  return length === 1 ? "is" : "are";
}
