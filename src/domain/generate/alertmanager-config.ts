import type { Policy } from "../policy.ts";
import { type Duration, formatDuration } from "../time.ts";
import { BLIND_LABEL, ROLLBACK_LABEL } from "./alerting-rule.ts";
import type { AlertmanagerConfig, Receiver, Route } from "./alertmanager-file.ts";
import { INHIBITIONS } from "./alertmanager-inhibitions.ts";
import { peopleOf } from "./alertmanager-people.ts";
import { rollguardReceiver } from "./alertmanager-rollguard.ts";
import { WATCHDOG } from "./prometheus-rules.ts";
import { SECRET_FILES } from "./secret-files.ts";
import { isAtLeast, type Target } from "./versions.ts";

// The receivers that are Rollguard.
const ROLLBACK_RECEIVER = "rollguard";
const HOLD_RECEIVER = "rollguard-hold";
const WATCHDOG_RECEIVER = "rollguard-watchdog";

/** The host of e-mail is the network's, as Prometheus' targets are: the name `smtp` leads to it. */
const SMARTHOST = "smtp:587";

/** Alone and at once: with Alertmanager's own grouping a rollback came up to 374 s late (docs/monitoring.md). */
const EACH_AT_ONCE = { group_by: ["..."], group_wait: "0s", group_interval: "10s", repeat_interval: "5m" };
const SHORTEST_INTERVAL: Duration = 10_000;
/** Alertmanager's `--cluster.peer-timeout`, as it is by default: each peer waits so long for those before it. */
const PEER_TIMEOUT: Duration = 15_000;

/** The configuration of one Alertmanager that serves every application given. */
export function alertmanagerConfig(policies: readonly Policy[], target: Target): AlertmanagerConfig {
  const eachAtOnce = { ...EACH_AT_ONCE, group_interval: formatDuration(groupInterval(policies)) };
  const people = policies.map((policy) => peopleOf(policy));
  const receivers = [
    rollguardReceiver(ROLLBACK_RECEIVER, "/api/v1/alerts", policies, target),
    rollguardReceiver(HOLD_RECEIVER, "/api/v1/alerts", policies, target),
    rollguardReceiver(WATCHDOG_RECEIVER, "/api/v1/watchdog", policies, target, { send_resolved: false }),
    ...people.flatMap((each) => each.receivers),
  ];
  return {
    global: globalOf(policies, receivers),
    route: {
      // An alert of none of the applications is told rather than dropped.
      receiver: people[0]?.route.receiver ?? ROLLBACK_RECEIVER,
      group_by: ["application", "alertname"],
      routes: [
        {
          receiver: ROLLBACK_RECEIVER,
          matchers: [`${ROLLBACK_LABEL}=~".+"`],
          ...eachAtOnce,
          // People are told by the routes below.
          continue: true,
        },
        { receiver: HOLD_RECEIVER, matchers: [`${BLIND_LABEL}="true"`], ...eachAtOnce, continue: true },
        watchdogRoute(policies),
        ...people.map(({ route }) => route),
      ],
    },
    inhibit_rules: INHIBITIONS.map(({ name, ...rule }) =>
      isAtLeast(target.alertmanager, 0, 30) ? { name, ...rule } : rule,
    ),
    receivers,
  };
}

/** A peer that notifies within the others' waiting tells of what they have told the end of: a stale firing alert. */
function groupInterval(policies: readonly Policy[]): Duration {
  const peers = Math.max(1, ...policies.map(({ rollbacks }) => rollbacks.alertmanagerPeers));
  return peers === 1 ? SHORTEST_INTERVAL : (peers - 1) * PEER_TIMEOUT + 5_000;
}

/** Never to people. It must come several times within the shortest time that makes a policy blind. */
function watchdogRoute(policies: readonly Policy[]): Route {
  const timeout = Math.min(...policies.map(({ rollout }) => rollout.watchdogTimeout));
  const repeat = Math.max(Math.floor(timeout / 4_000), 3);
  return {
    receiver: WATCHDOG_RECEIVER,
    matchers: [`alertname="${WATCHDOG}"`],
    group_by: ["..."],
    group_wait: "0s",
    // A repetition is sent with the first group interval that ends after it is due.
    group_interval: formatDuration(Math.ceil(repeat / 3) * 1_000),
    repeat_interval: formatDuration(repeat * 1_000),
  };
}

function globalOf(policies: readonly Policy[], receivers: readonly Receiver[]): AlertmanagerConfig["global"] {
  const [recipient] = policies.flatMap(({ notifications }) => notifications.email.to);
  const isUsed = (kind: "slack_configs" | "email_configs"): boolean =>
    receivers.some((receiver) => receiver[kind] !== undefined);
  return {
    ...(isUsed("slack_configs") ? { slack_api_url_file: SECRET_FILES.slack } : {}),
    ...(recipient !== undefined && isUsed("email_configs")
      ? {
          smtp_smarthost: SMARTHOST,
          // An address of the first recipient's own domain: mail servers trust it most.
          smtp_from: `rollguard${recipient.slice(recipient.lastIndexOf("@"))}`,
          smtp_auth_username: "rollguard",
          smtp_auth_password_file: SECRET_FILES.smtp,
        }
      : {}),
  };
}
