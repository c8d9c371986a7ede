import type { Policy } from "../policy.ts";
import { formatDuration } from "../time.ts";
import type { AlertingRule } from "./rule-file.ts";
import { TRAFFIC_MEMORY } from "./stage-limits.ts";
import { literal } from "./template-text.ts";

/** The job under which Prometheus scrapes the responders. */
export const ROLLGUARD_JOB = "rollguard";

/** A page when people have not been told of something for this long. */
const OUTBOX_AGE_SECONDS = 120;

/** Messages. */
const OUTBOX_DEPTH = 100;

const MINUTE = 60_000;

/**
 * Alerts on Rollguard itself: as long as one of them fires, a trigger may not reach its rollback. Each application
 * has its own, because its people are the ones who must know that nothing guards them.
 */
export function selfMonitoring(policy: Policy): AlertingRule[] {
  const { application, alerts } = policy;
  const title = literal(application.title);
  const ours = `application="${application.name}"`;
  const told = `rollguard_traffic_percentage{${ours}}`;
  const page = ruleFor(application.name, "critical");
  const warn = ruleFor(application.name, "warning");
  return [
    page("RollguardDown", `absent(up{job="${ROLLGUARD_JOB}"} == 1)`, MINUTE, {
      summary: "No Rollguard is up",
      description: `No alert can roll ${title} back: Prometheus reaches no responder.`,
    }),
    warn("RollguardInstanceDown", `up{job="${ROLLGUARD_JOB}"} == 0`, MINUTE, {
      summary: "A Rollguard is down",
      description: "{{ $labels.instance }} does not answer; the other responders still do.",
    }),
    page("RollguardStoreDown", "rollguard_store_up == 0", MINUTE, {
      summary: "Rollguard cannot reach its store",
      description: `{{ $labels.instance }} cannot commit, so no alert can roll ${title} back through it.`,
    }),
    page(
      "RollguardWebhookFailing",
      'sum(increase(alertmanager_notifications_failed_total{integration="webhook"}[5m])) > 0',
      MINUTE,
      {
        summary: "Alertmanager cannot deliver to Rollguard",
        description:
          "{{ $value }} webhook deliveries failed within five minutes: rollbacks come late or never.",
      },
    ),
    page("RollguardBlind", `max(rollguard_blind{${ours}}) == 1`, MINUTE, {
      summary: `The rollout of ${title} cannot be seen`,
      description: "It is held where it is, and goes on by itself when everything has data again.",
    }),
    page(
      "RollguardOutboxStuck",
      `max(rollguard_outbox_age_seconds{${ours}}) > ${OUTBOX_AGE_SECONDS}`,
      MINUTE,
      {
        summary: "Rollguard's messages do not get out",
        description: `The oldest message has waited for {{ $value }} s: the people of ${title} do not hear of rollbacks.`,
      },
    ),
    warn(
      "RollguardOutboxBacklog",
      `max(rollguard_outbox_depth{${ours},state="waiting"}) > ${OUTBOX_DEPTH}`,
      5 * MINUTE,
      {
        summary: "Rollguard's messages pile up",
        description: `{{ $value }} messages about ${title} wait to be sent.`,
      },
    ),
    warn("RollguardDeadLetters", `max(rollguard_outbox_depth{${ours},state="dead"}) > 0`, MINUTE, {
      summary: "Rollguard has given up on messages",
      description: `{{ $value }} messages about ${title} could not be sent, and are not tried any more: retry or drop them.`,
    }),
    warn("RollguardPolicyReloadFailed", "rollguard_policy_reload_success == 0", MINUTE, {
      summary: "Rollguard has refused the new policy",
      description: "{{ $labels.instance }} goes on with the policy before it; its log tells why.",
    }),
    // Without stage limits nothing is judged by the traffic. A Prometheus that has just been started knows nothing
    // yet: hence the wait.
    ...(alerts.some(({ limits }) => limits.length > 0)
      ? [
          page(
            "RollguardTrafficUnknown",
            `absent_over_time(${told}[${formatDuration(TRAFFIC_MEMORY)}])`,
            MINUTE,
            {
              summary: `The traffic of ${title} is unknown`,
              description:
                "No responder tells it, so the stage limits are those of a full rollout, also for a canary.",
            },
          ),
        ]
      : []),
  ];
}

interface Words {
  readonly summary: string;
  readonly description: string;
}

function ruleFor(application: string, severity: string) {
  return (alert: string, expr: string, wait: number, words: Words): AlertingRule => ({
    alert,
    expr,
    for: formatDuration(wait),
    labels: { application, severity },
    annotations: { ...words, runbook_url: `docs/runbooks/${alert}.md` },
  });
}
