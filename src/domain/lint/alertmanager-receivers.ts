import type { AlertmanagerSubject, RouteSubject } from "./alertmanager.ts";
import type { Check } from "./finding.ts";

/** Where alerts are dropped on purpose, people say so in the name. */
const DROPS = /null|blackhole|black-hole|devnull|drop|ignore|none|noop|silent/i;

/** A receiver that no route names hears nothing; a route to a receiver that sends nothing tells nobody. */
export const alertmanagerReceivers: Check<AlertmanagerSubject> = {
  name: "alertmanager/receivers",
  run({ route, receivers }, report) {
    const routes = allRoutes(route);
    const known = new Set(receivers.map(({ name }) => name));
    for (const { path, receiver } of routes.filter((each) => !known.has(each.receiver)))
      report({
        severity: "error",
        path: [...path, "receiver"],
        message: receiver === "" ? "this route has no receiver" : `there is no receiver "${receiver}"`,
        advice: "name one of the receivers below, or add it: Alertmanager refuses the file",
      });
    for (const { name, path, integrations } of receivers) {
      const place = [...path, "name"];
      if (!routes.some(({ receiver }) => receiver === name))
        report({
          severity: "warning",
          path: place,
          message: `no route leads to the receiver "${name}"`,
          advice: "add a route to it, or remove it",
        });
      else if (integrations.length === 0 && !DROPS.test(name))
        report({
          severity: "warning",
          path: place,
          message: `the receiver "${name}" tells nobody: what is routed to it is lost`,
          advice: 'add a webhook, Slack, PagerDuty …, or call it "null" if that is meant',
        });
    }
  },
};

function allRoutes(route: RouteSubject): RouteSubject[] {
  return [route, ...route.routes.flatMap(allRoutes)];
}
