import { WATCHDOG } from "../../domain/generate/prometheus-rules.ts";
import { type AlertingRule, isAlerting, type RuleFile } from "../../domain/generate/rule-file.ts";
import { type RouteSubject, routesOf } from "../../domain/lint/alertmanager.ts";
import type { LoadedConfiguration, LoadedReceiver } from "../ports.ts";
import { counted, fail, listed, type PreflightCheck, pass, warn } from "./preflight-check.ts";

/** How sure it is that a receiver is Rollguard, from the best to the worst. */
const CERTAINTIES = ["address", "name", "secret", "no"] as const;

type Certainty = (typeof CERTAINTIES)[number];

/** One of Rollguard's webhooks, and what a receiver is called whose address Alertmanager keeps secret. */
interface Webhook {
  readonly path: RegExp;
  readonly name: RegExp;
}

const WATCHDOG_WEBHOOK: Webhook = { path: /\/api\/v1\/watchdog\/?$/, name: /watchdog/i };

const FIX =
  "run `rollguard generate`, give Alertmanager the generated alertmanager/alertmanager.yml and reload it";

/**
 * Every trigger must come to Rollguard, and so should the Watchdog. Alerts are routed as Alertmanager would, by the
 * labels that their rules give them.
 */
export function checkRouting(
  application: string,
  file: RuleFile,
  configuration: LoadedConfiguration,
): PreflightCheck {
  const alerts = file.groups.flatMap(({ rules }) => rules).filter(isAlerting);
  const triggers = alerts.filter(({ labels }) => labels.rollback !== undefined);
  const routed = (triggers.length > 0 ? triggers : [anyTrigger(application)]).map((rule) => ({
    name: rule.alert,
    ...wayOf(labelsOf(rule), configuration, alertsWebhook(application)),
  }));
  const of = (certainty: Certainty): string[] =>
    routed.filter((each) => each.certainty === certainty).map(({ name }) => name);

  const lost = of("no");
  if (lost.length > 0)
    return fail("alertmanager", `no route of Alertmanager brings these to Rollguard: ${said(lost)}`, FIX);
  const unsure = of("secret");
  if (unsure.length > 0) {
    return warn(
      "alertmanager",
      `it cannot be told whether Rollguard gets ${said(unsure)}: Alertmanager keeps the address of their receiver secret`,
      `give the receiver a name with "rollguard" in it, or ${FIX}`,
    );
  }
  const muted = [...new Set(routed.flatMap((each) => each.muted))];
  if (muted.length > 0) {
    return warn(
      "alertmanager",
      `the route to Rollguard is ${muted.join(", ")}: for some of the time nothing would be rolled back`,
      "take the time intervals off the route",
    );
  }
  const watchdog = alerts.find(({ alert }) => alert === WATCHDOG) ?? watchdogOf(application);
  const heard = wayOf(labelsOf(watchdog), configuration, WATCHDOG_WEBHOOK).certainty;
  if (heard === "no" || heard === "secret") {
    return warn(
      "alertmanager",
      `no route of Alertmanager brings the ${WATCHDOG} to Rollguard: a rollout would soon be held as blind`,
      FIX,
    );
  }
  const places = [...new Set(routed.flatMap(({ places }) => places))];
  return pass(
    "alertmanager",
    `${counted(triggers.length, "trigger")} and the ${WATCHDOG} come to Rollguard: ${listed(places, 3, ", ")}`,
  );
}

interface Way {
  readonly certainty: Certainty;
  readonly places: readonly string[];
  /** Of the routes to Rollguard: when they tell nothing. */
  readonly muted: readonly string[];
}

function wayOf(
  labels: ReadonlyMap<string, string>,
  configuration: LoadedConfiguration,
  webhook: Webhook,
): Way {
  const ends = routesOf(configuration.route, labels).map((route) => ({
    route,
    ...standingOf(receiverOf(route, configuration), webhook),
  }));
  const certainty = CERTAINTIES.find((one) => ends.some((end) => end.certainty === one)) ?? "no";
  const best = ends.filter((end) => end.certainty === certainty);
  return {
    certainty,
    places: best.flatMap(({ places }) => places),
    // One way that is always open is enough.
    muted: best.every(({ route }) => route.muted.length > 0) ? best.flatMap(({ route }) => route.muted) : [],
  };
}

function receiverOf(
  { receiver }: RouteSubject,
  { receivers }: LoadedConfiguration,
): LoadedReceiver | undefined {
  return receivers.find(({ name }) => name === receiver);
}

function standingOf(receiver: LoadedReceiver | undefined, webhook: Webhook): Omit<Way, "muted"> {
  if (receiver === undefined) return { certainty: "no", places: [] };
  const { name, webhooks } = receiver;
  const addresses = webhooks.filter((address) => address !== null);
  const places = addresses.filter((address) => webhook.path.test(address));
  if (places.length > 0) return { certainty: "address", places };
  if (addresses.length === webhooks.length) return { certainty: "no", places: [] };
  return webhook.name.test(name)
    ? { certainty: "name", places: [`receiver ${name}, whose address Alertmanager keeps secret`] }
    : { certainty: "secret", places: [] };
}

/**
 * The one for all applications, or the application's own, or one that a template names; on whatever host, and below whatever
 * path.
 */
function alertsWebhook(application: string): Webhook {
  const name = application.replaceAll(".", "\\.");
  return {
    path: new RegExp(`/api/v1/(?:applications/(?:${name}|(?:{|%7[Bb]){2}.*)/)?alerts/?$`),
    name: /^(?!.*watchdog).*(?:rollguard|rollback)/i,
  };
}

function labelsOf({ alert, labels }: AlertingRule): ReadonlyMap<string, string> {
  return new Map([...Object.entries(labels), ["alertname", alert]]);
}

function anyTrigger(application: string): AlertingRule {
  return ruleWith("any trigger", { application, severity: "critical", rollback: "safe-state" });
}

function watchdogOf(application: string): AlertingRule {
  return ruleWith(WATCHDOG, { application, severity: "none" });
}

function ruleWith(alert: string, labels: AlertingRule["labels"]): AlertingRule {
  return { alert, expr: "vector(1)", labels, annotations: {} };
}

function said(names: readonly string[]): string {
  return listed(names, 10, ", ");
}
