import {
  type AlertmanagerSubject,
  isPager,
  namesOf,
  type ReceiverSubject,
  type RoutedAlert,
  type RouteSubject,
  routesOf,
  triggersOf,
} from "./alertmanager.ts";
import type { Check } from "./finding.ts";

/**
 * A breach at night is a breach: a muted route rolls back nothing until the morning. And where every pager of a
 * trigger is muted, nobody learns before the morning that its rollback did not help.
 */
export const alertmanagerMuted: Check<AlertmanagerSubject> = {
  name: "alertmanager/muted",
  run(subject, report) {
    const triggers = triggersOf(subject);
    const routesTo = (alert: RoutedAlert, wanted: (receiver: ReceiverSubject) => boolean): RouteSubject[] => {
      const names = new Set(subject.receivers.filter(wanted).map(({ name }) => name));
      return routesOf(subject.route, alert.labels).filter(({ receiver }) => names.has(receiver));
    };
    const responders = byRoute(triggers, (alert) =>
      routesTo(alert, ({ rollsBack }) => rollsBack).filter(({ muted }) => muted.length > 0),
    );
    for (const [{ path, muted }, alerts] of responders)
      report({
        severity: "error",
        path,
        message: `${namesOf(alerts)} cannot roll back at all times: ${muted.join(", ")}`,
        advice: "remove the time intervals from this route, and mute people's own routes only",
      });
    const mutedPagersOf = (alert: RoutedAlert): RouteSubject[] => {
      const routes = routesTo(alert, isPager);
      return routes.every(({ muted }) => muted.length > 0) ? routes : [];
    };
    const pagers = byRoute(triggers, mutedPagersOf);
    for (const [route, alerts] of pagers) {
      if (responders.has(route)) continue;
      const { path, muted } = route;
      // Several may take turns.
      const isOnly = alerts.some((alert) => mutedPagersOf(alert).length === 1);
      report({
        severity: isOnly ? "error" : "warning",
        path,
        message: `${namesOf(alerts)} has no pager that is never muted, so a rollback may page nobody: ${muted.join(", ")}`,
        advice:
          'page for rollbacks at all times: put a route with matchers: [rollback=~".+"] before this one',
      });
    }
  },
};

/** The routes that are found for the alerts, each with the alerts that it was found for. */
function byRoute(
  alerts: readonly RoutedAlert[],
  find: (alert: RoutedAlert) => readonly RouteSubject[],
): Map<RouteSubject, RoutedAlert[]> {
  const found = new Map<RouteSubject, RoutedAlert[]>();
  for (const alert of alerts)
    for (const route of find(alert)) found.set(route, [...(found.get(route) ?? []), alert]);
  return found;
}
