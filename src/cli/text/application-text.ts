import type { RollbackTimeline } from "../../app/describe-rollback.ts";
import type { ServedApplication } from "../answers.ts";
import { overrideText } from "./override-text.ts";
import { forPeople } from "./printable.ts";
import { becauseOf } from "./rollback-list-text.ts";
import { verificationLines } from "./rollback-status-text.ts";
import { rolloutLines } from "./rollout-text.ts";
import type { Scene } from "./scene.ts";
import { arrow } from "./style.ts";
import { clockTime } from "./times.ts";

/** An application as it is now: traffic, rollout, open rollback, quarantine. */
export function applicationLines(view: ServedApplication, scene: Scene): string[] {
  const {
    application,
    revision,
    traffic,
    rollback,
    alerts,
    keptBack,
    quarantine,
    flags,
    rollout,
    production,
  } = forPeople(view);
  const { paint } = scene.style;
  const off = flags.filter(({ exposure }) => exposure === 0).length;
  const head = `${traffic} % of traffic, revision ${revision}, ${flags.length - off} flags on, ${off} off`;
  return [
    `${paint.bold(application)}: ${head}${production === true ? ", production" : ""}`,
    ...(rollout === null
      ? []
      : rolloutLines({ application, traffic, rollout, rollback }, scene).map((line) => `  ${line}`)),
    ...(rollback === null
      ? ["  no rollback is open"]
      : [
          `  ${paint.red(`rollback ${rollback.id}`)}: ${rollback.tier}, begun ${clockTime(rollback.startedAt)} by ${becauseOf(rollback)}`,
          ...verificationLines(
            { application, rollback, timeline: timelineOf(view, scene), alerts },
            scene,
          ).map((line) => `    ${line}`),
        ]),
    ...keptBack.map(
      ({ alert, tier, startsAt, why }) =>
        `  ${paint.red(`${alert} (${tier}) fires since ${clockTime(startsAt)}`)}: ${KEPT[why]}`,
    ),
    ...clientLines(view, scene).map((line) => `  ${line}`),
    ...flags
      .filter(({ override }) => override !== undefined)
      .map(
        ({ key, override }) => `  ${key}: ${paint.yellow(overrideText(key, override))}, whatever else is set`,
      ),
    ...quarantine.map(({ flag, rollback: id }) => `  in quarantine: ${flag}, turned down by ${id}`),
    ...releaseLines(forPeople(view), scene).map((line) => `  ${line}`),
  ];
}

const KEPT: Readonly<Record<ServedApplication["keptBack"][number]["why"], string>> = {
  unrelated: "no change has caused it, and nothing was turned down; people have been called",
  acknowledged: "its rollback was acknowledged by force: nothing more is done until it fires anew",
  storm_breaker: "the storm breaker is open, and nothing was turned down; people have been called",
  cooldown: "its last rollback has ended not long ago, and nothing was turned down; people have been called",
  blind:
    "its target answers, and Prometheus cannot read it: nothing was turned down; people have been called",
};

/** Of the same rollback: it may have ended since, and another one begun. */
function timelineOf(
  { application, rollback }: ServedApplication,
  { timelines }: Scene,
): RollbackTimeline | null {
  const found = timelines.get(application);
  return found !== undefined && found.id === rollback?.id ? forPeople(found) : null;
}

/** Of an application that nobody asks for its flags there is nothing to say. */
function clientLines({ flagClients }: ServedApplication, { style: { paint } }: Scene): string[] {
  if (flagClients === undefined) return [];
  const { current, stale } = flagClients;
  if (current + stale === 0) return [];
  const count = `${current} of ${current + stale}`;
  return [`flag clients: ${stale === 0 ? count : paint.yellow(count)} have these flags`];
}

/** How to let flags out of quarantine; of an open rollback that is told already. */
function releaseLines(
  { application, quarantine, rollback }: ServedApplication,
  { style, several }: Scene,
): string[] {
  const ids = new Set(quarantine.map(({ rollback: id }) => id));
  if (rollback !== null) ids.delete(rollback.id);
  const which = several ? ` --application ${application}` : "";
  return [...ids].map((id) => {
    const command = style.paint.bold(`rollguard acknowledge ${id} --reason TEXT${which}`);
    return `${arrow(style)} when its cause is mended, let them out: ${command}; that raises nothing`;
  });
}
