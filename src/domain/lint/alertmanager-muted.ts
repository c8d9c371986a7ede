import {
  type AlertmanagerSubject,
  namesOf,
  type RouteSubject,
  routesOf,
  triggersOf,
} from "./alertmanager.ts";
import type { Check } from "./finding.ts";

/** A breach at night is a breach: a muted route rolls back nothing until the morning. */
export const alertmanagerMuted: Check<AlertmanagerSubject> = {
  name: "alertmanager/muted",
  run(subject, report) {
    const responders = new Set(subject.receivers.filter((each) => each.rollsBack).map(({ name }) => name));
    const triggers = triggersOf(subject);
    const routes = new Set<RouteSubject>();
    for (const { labels } of triggers)
      for (const route of routesOf(subject.route, labels))
        if (responders.has(route.receiver) && route.muted.length > 0) routes.add(route);
    for (const route of routes) {
      const muted = triggers.filter(({ labels }) => routesOf(subject.route, labels).includes(route));
      report({
        severity: "error",
        path: route.path,
        message: `${namesOf(muted)} cannot roll back at all times: ${route.muted.join(", ")}`,
        advice: "remove the time intervals from this route, and mute people's own routes only",
      });
    }
  },
};
