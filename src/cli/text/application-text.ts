import type { ServedApplication } from "../answers.ts";
import { forPeople } from "./printable.ts";
import { rolloutLines } from "./rollout-text.ts";
import type { Scene } from "./scene.ts";
import { clockTime } from "./times.ts";

/** An application as it is now: traffic, rollout, open rollback, quarantine. */
export function applicationLines(view: ServedApplication, scene: Scene): string[] {
  const { application, revision, traffic, rollback, alerts, quarantine, flags, rollout, production } =
    forPeople(view);
  const { paint } = scene.style;
  const off = flags.filter(({ exposure }) => exposure === 0).length;
  const head = `${traffic} % of traffic, revision ${revision}, ${flags.length - off} flags on, ${off} off`;
  return [
    `${paint.bold(application)}: ${head}${production === true ? ", production" : ""}`,
    ...(rollout === null
      ? []
      : rolloutLines({ application, traffic, rollout, rollback }, scene).map((line) => `  ${line}`)),
    rollback === null
      ? "  no rollback is open"
      : `  ${paint.red(`rollback ${rollback.id}`)}: ${rollback.tier}, begun ${clockTime(rollback.startedAt)} by ${rollback.trigger}`,
    ...alerts.map(
      ({ alert, tier, startsAt }) => `    waits for ${alert} (${tier}), firing since ${clockTime(startsAt)}`,
    ),
    ...quarantine.map(({ flag, rollback: id }) => `  in quarantine: ${flag}, turned down by ${id}`),
  ];
}
