import type { NotificationRoute, Policy } from "../policy.ts";
import { TIER_NAMES } from "../tier.ts";
import { BLIND_LABEL, ROLLBACK_LABEL } from "./alerting-rule.ts";
import type { Receiver, Route } from "./alertmanager-file.ts";
import { SECRET_FILES } from "./secret-files.ts";
import { literal } from "./template-text.ts";

/** How the people of one application are told. */
export interface People {
  readonly route: Route;
  readonly receivers: readonly Receiver[];
}

/** At once, but what fires together is told together. */
const URGENT = { group_wait: "10s", group_interval: "1m", repeat_interval: "1h" };
const CALM = { group_wait: "30s", group_interval: "5m", repeat_interval: "12h" };

/**
 * The routes to people, by what the policy's notifications say for each occasion. What is neither a rollback nor
 * critical is told as a warning.
 */
export function peopleOf(policy: Policy): People {
  const { application, notifications } = policy;
  const deliveries = new Map(notifications.routes.map((route) => [route.on, deliveryOf(route)]));
  const receivers = new Map<string, Receiver>();
  const receiver = (delivery: Delivery): string => {
    const found = receiverOf(policy, delivery);
    receivers.set(found.name, found);
    return found.name;
  };
  const receiverFor = (occasion: string): string => receiver(deliveries.get(occasion) ?? NOBODY);
  const route: Route = {
    receiver: receiverFor("warning"),
    matchers: [`application="${application.name}"`],
    group_by: ["application", "severity"],
    ...CALM,
    routes: [
      ...(notifications.rollbacksToldBy === "both"
        ? rollbackRoutes(receiverFor)
        : [notTold(receiver(NOBODY))]),
      { receiver: receiverFor("blind"), matchers: [`${BLIND_LABEL}="true"`], ...URGENT },
      // Rollguard itself is in trouble: we are as good as blind.
      { receiver: receiverFor("blind"), matchers: ['severity="critical"'], ...URGENT },
    ],
  };
  return { route, receivers: [...receivers.values()] };
}

/** Tiers that are told in the same way share a route. */
function rollbackRoutes(receiverFor: (occasion: string) => string): Route[] {
  const tiersOf = new Map<string, string[]>();
  for (const tier of TIER_NAMES) {
    const receiver = receiverFor(tier);
    tiersOf.set(receiver, [...(tiersOf.get(receiver) ?? []), tier]);
  }
  return [...tiersOf].map(([receiver, tiers]) => ({
    receiver,
    matchers: [`${ROLLBACK_LABEL}=~"${tiers.join("|")}"`],
    ...URGENT,
  }));
}

/** Rollguard tells of them, once for each incident; that Rollguard itself is away is another alert. */
function notTold(receiver: string): Route {
  return { receiver, matchers: [`${ROLLBACK_LABEL}=~".+"`], ...URGENT };
}

interface Delivery {
  readonly slack: boolean;
  /** Instead of the policy's. */
  readonly slackChannel: string | null;
  readonly pagerduty: "no" | "error" | "critical";
  /** At once. The daily summary is Rollguard's own: Alertmanager cannot wait for a time of day. */
  readonly email: boolean;
}

const NOBODY: Delivery = { slack: false, slackChannel: null, pagerduty: "no", email: false };

function deliveryOf({ slack, slackChannel, pagerduty, email }: NotificationRoute): Delivery {
  return { slack, slackChannel, pagerduty, email: email === "now" };
}

function receiverOf(
  { application, notifications }: Policy,
  { slack, slackChannel, pagerduty, email }: Delivery,
): Receiver {
  const channel = slackChannel ?? notifications.slack.channel;
  const to = notifications.email.to;
  const pages = pagerduty !== "no";
  const mails = email && to.length > 0;
  const ways = [
    slack ? `slack${slackChannel ?? ""}` : "",
    pages ? `pagerduty-${pagerduty}` : "",
    mails ? "email" : "",
  ];
  return {
    // No application has a slash in its name, so no two receivers have the same.
    name: `${application.name}/${ways.filter((way) => way !== "").join("+") || "nobody"}`,
    ...(slack ? { slack_configs: [{ channel: literal(channel), send_resolved: true, ...SLACK_WORDS }] } : {}),
    ...(pages
      ? {
          pagerduty_configs: [
            {
              routing_key_file: SECRET_FILES.pagerduty,
              send_resolved: true,
              severity: pagerduty,
              component: literal(notifications.pagerduty.service),
              group: application.name,
              description: TITLE,
            },
          ],
        }
      : {}),
    ...(mails ? { email_configs: [{ to: to.join(", "), send_resolved: true }] } : {}),
  };
}

/** Alertmanager's templates: what is firing, of whom, and what to read. */
const TITLE =
  "[{{ .Status | toUpper }}] {{ .CommonLabels.application }}: {{ range $i, $a := .Alerts }}{{ if $i }}, {{ end }}{{ $a.Labels.alertname }}{{ end }}";

const SLACK_WORDS = {
  title: TITLE,
  title_link: "{{ .ExternalURL }}",
  text: "{{ range .Alerts }}*{{ .Annotations.summary }}*\n{{ .Annotations.description }}{{ if .Annotations.runbook_url }}\n{{ .Annotations.runbook_url }}{{ end }}\n{{ end }}",
};
