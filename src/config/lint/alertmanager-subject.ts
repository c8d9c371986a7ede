import type { Version } from "../../domain/generate/versions.ts";
import type {
  AlertmanagerSubject,
  InhibitionSubject,
  ReceiverSubject,
  RoutedAlert,
  RouteSubject,
} from "../../domain/lint/alertmanager.ts";
import type { LabelMatcher } from "../../domain/lint/promql.ts";
import type { AlertSubject } from "../../domain/lint/subject.ts";
import type { Duration } from "../../domain/time.ts";
import { isRecord, valueAt } from "../policy-draft.ts";
import { durationAt, itemsAt, type RawItem, stringsAt, textAt, textsAt } from "./raw-value.ts";

/** Alertmanager's own default. */
const GROUP_WAIT: Duration = 30_000;

/** Rollguard's webhooks, as they are or behind a proxy; an application's name may be a template. */
const WEBHOOK = /\/api\/v1\/(applications\/.*\/)?alerts\/?$/;
const WATCHDOG_WEBHOOK = /\/api\/v1\/watchdog\/?$/;

/** What there is to check in an alertmanager.yml, for the alerts that it will route. */
export function alertmanagerSubject(
  raw: unknown,
  alerts: readonly RoutedAlert[],
  version: Version,
): AlertmanagerSubject {
  const root = valueAt(raw, ["route"]);
  return {
    route: routeOf({ value: isRecord(root) ? root : {}, path: ["route"] }, "", GROUP_WAIT),
    receivers: itemsAt(raw, ["receivers"]).map(receiverOf),
    inhibitions: itemsAt(raw, ["inhibit_rules"]).map(inhibitionOf),
    alerts,
    version,
  };
}

/** The labels that an alert has when it reaches Alertmanager; a policy's have been added by the generator. */
export function routedAlert(alert: AlertSubject, application: string | null): RoutedAlert {
  const labels = new Map(alert.labels);
  labels.set("alertname", alert.name);
  if (application !== null) {
    const calls = alert.rollback !== null || alert.blind;
    labels.set("application", application);
    if (!labels.has("severity")) labels.set("severity", calls ? "critical" : "warning");
    if (alert.rollback !== null) labels.set("rollback", alert.rollback);
    if (alert.blind) labels.set("blind", "true");
  }
  return { alert, labels };
}

function routeOf({ value, path }: RawItem, inherited: string, wait: Duration): RouteSubject {
  const receiver = textAt(value, ["receiver"]) ?? inherited;
  const groupWait = durationAt(value, ["group_wait"]) ?? wait;
  return {
    path,
    receiver,
    groupWait,
    matchers: matchersIn(value, "matchers", "match", "match_re"),
    continue: value.continue === true,
    muted: [
      ...stringsAt(value, ["mute_time_intervals"]).map((name) => `muted in ${name}`),
      ...stringsAt(value, ["active_time_intervals"]).map((name) => `active in ${name} only`),
    ],
    routes: itemsAt(value, ["routes"]).map((route) =>
      routeOf({ ...route, path: [...path, ...route.path] }, receiver, groupWait),
    ),
  };
}

function receiverOf({ value, path }: RawItem): ReceiverSubject {
  const name = textAt(value, ["name"]) ?? "";
  const integrations = Object.keys(value).filter((key) => itemsAt(value, [key]).length > 0);
  const webhooks = itemsAt(value, ["webhook_configs"]).map((webhook) => ({
    path: [...path, ...webhook.path],
    url: textAt(webhook.value, ["url"]) ?? null,
  }));
  return {
    name,
    path,
    integrations,
    rollsBack: webhooks.some(({ url }) => isResponder(url, name)),
    webhooks: webhooks.map((webhook) => ({
      ...webhook,
      isRollguard: isResponder(webhook.url, name) || WATCHDOG_WEBHOOK.test(webhook.url ?? ""),
    })),
  };
}

/** By its address; where that is in a file, by the receiver's name. */
function isResponder(url: string | null, receiver: string): boolean {
  return url === null ? /rollguard|rollback/i.test(receiver) : WEBHOOK.test(url);
}

function inhibitionOf({ value, path }: RawItem): InhibitionSubject {
  return {
    path,
    source: matchersIn(value, "source_matchers", "source_match", "source_match_re"),
    target: matchersIn(value, "target_matchers", "target_match", "target_match_re"),
    equal: stringsAt(value, ["equal"]),
  };
}

function matchersIn(
  value: Readonly<Record<string, unknown>>,
  list: string,
  equal: string,
  pattern: string,
): LabelMatcher[] {
  const written = textAt(value, [list]);
  const texts = written === undefined ? stringsAt(value, [list]) : [written];
  const old = (key: string, op: LabelMatcher["op"]): LabelMatcher[] =>
    [...textsAt(value, [key])].map(([name, text]) => ({ name, op, value: text }));
  return [...texts.flatMap(matchersOf), ...old(equal, "="), ...old(pattern, "=~")];
}

const MATCHER = /\s*("(?:[^"\\]|\\.)*"|[^\s=!~"{},]+)\s*(=~|!~|!=|=)\s*("(?:[^"\\]|\\.)*"|[^",{}]*)\s*,?/gy;

/** `a="b"`, or several in one text: `{a="b", c!~"d"}`. */
function matchersOf(text: string): LabelMatcher[] {
  const inner = text.trim().replace(/^\{(.*)\}$/s, "$1");
  return [...inner.matchAll(MATCHER)].map(([, name = "", op, value = ""]) => ({
    name: unquoted(name),
    op: op as LabelMatcher["op"],
    value: unquoted(value.trim()),
  }));
}

function unquoted(text: string): string {
  return text.startsWith('"')
    ? text
        .slice(1, -1)
        .replaceAll(/\\(["\\])/g, "$1")
        .replaceAll("\\n", "\n")
    : text;
}
