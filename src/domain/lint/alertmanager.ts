import type { Version } from "../generate/versions.ts";
import { listed } from "../listed.ts";
import type { Duration } from "../time.ts";
import type { Path } from "./finding.ts";
import type { LabelMatcher } from "./promql.ts";
import type { AlertSubject } from "./subject.ts";

/** Alertmanager's configuration, as far as it decides who hears of what. */
export interface AlertmanagerSubject {
  readonly route: RouteSubject;
  readonly receivers: readonly ReceiverSubject[];
  readonly inhibitions: readonly InhibitionSubject[];
  /** The alerts that are routed by it. */
  readonly alerts: readonly RoutedAlert[];
  /** The Alertmanager that runs. */
  readonly version: Version;
}

export interface RouteSubject {
  readonly path: Path;
  /** Its own or its parent's. */
  readonly receiver: string;
  readonly matchers: readonly LabelMatcher[];
  readonly continue: boolean;
  /** Time intervals in which it tells nothing, or outside of which it tells nothing; not inherited. */
  readonly muted: readonly string[];
  /** Its own or its parent's; Alertmanager's default is 30s. */
  readonly groupWait: Duration;
  readonly routes: readonly RouteSubject[];
}

export interface ReceiverSubject {
  readonly name: string;
  readonly path: Path;
  /** `webhook_configs`, `slack_configs` …: those that have at least one entry. */
  readonly integrations: readonly string[];
  /** One of its webhooks is the responder's. */
  readonly rollsBack: boolean;
  readonly webhooks: readonly WebhookSubject[];
}

export interface WebhookSubject {
  readonly path: Path;
  /** Null where it is in a file. */
  readonly url: string | null;
  /** It is one of Rollguard's: for alerts, or for the Watchdog. */
  readonly isRollguard: boolean;
}

export interface InhibitionSubject {
  readonly path: Path;
  readonly source: readonly LabelMatcher[];
  readonly target: readonly LabelMatcher[];
  readonly equal: readonly string[];
}

export interface RoutedAlert {
  readonly alert: AlertSubject;
  /** All labels that Alertmanager sees. */
  readonly labels: ReadonlyMap<string, string>;
}

/** Services that wake somebody. */
const PAGERS = [
  "pagerduty_configs",
  "opsgenie_configs",
  "victorops_configs",
  "pushover_configs",
  "incidentio_configs",
];

export function isPager({ integrations }: ReceiverSubject): boolean {
  return integrations.some((kind) => PAGERS.includes(kind));
}

/** The routes that an alert ends at. */
export function routesOf(route: RouteSubject, labels: ReadonlyMap<string, string>): RouteSubject[] {
  const found: RouteSubject[] = [];
  for (const child of route.routes) {
    if (!matches(child.matchers, labels)) continue;
    found.push(...routesOf(child, labels));
    if (!child.continue) break;
  }
  return found.length > 0 ? found : [route];
}

export function matches(matchers: readonly LabelMatcher[], labels: ReadonlyMap<string, string>): boolean {
  return matchers.every(({ name, op, value }) => {
    const found = labels.get(name) ?? "";
    if (op === "=" || op === "!=") return (found === value) === (op === "=");
    return matchesWhole(value, found) === (op === "=~");
  });
}

/** A pattern that only Go's regular expressions know is taken to match nothing. */
function matchesWhole(pattern: string, text: string): boolean {
  try {
    return new RegExp(`^(?:${pattern})$`, "su").test(text);
  } catch {
    return false;
  }
}

/** The receivers that hear of an alert. */
export function receiversOf(
  { route, receivers }: AlertmanagerSubject,
  { labels }: RoutedAlert,
): ReceiverSubject[] {
  const names = new Set(routesOf(route, labels).map(({ receiver }) => receiver));
  return receivers.filter(({ name }) => names.has(name));
}

/** `A, B and 3 more` */
export function namesOf(alerts: readonly RoutedAlert[]): string {
  return listed(
    alerts.map(({ alert }) => alert.name),
    3,
  );
}

export function triggersOf({ alerts }: AlertmanagerSubject): RoutedAlert[] {
  return alerts.filter(({ alert }) => alert.rollback !== null);
}
