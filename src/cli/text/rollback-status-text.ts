import type { AlertView } from "../../app/describe-application.ts";
import type { RollbackTimeline, RollbackView } from "../../app/describe-rollback.ts";
import { TIER_NAMES } from "../../domain/tier.ts";
import type { Scene } from "./scene.ts";
import { arrow } from "./style.ts";
import { clockTime, duration } from "./times.ts";

/** A rollback, and what is known of how it goes. */
export interface RollbackScene {
  readonly application: string;
  readonly rollback: RollbackView;
  /** Null where nobody could be asked: the server is away. */
  readonly timeline: Pick<RollbackTimeline, "verification"> | null;
  /** What it waits for; null where that was not asked. */
  readonly alerts: readonly AlertView[] | null;
}

/** Whether an open rollback is known to have helped, what is missing, and what to do next. */
export function verificationLines(
  found: RollbackScene,
  scene: Pick<Scene, "style" | "now" | "several">,
): string[] {
  if (!found.rollback.open) return [];
  const { style } = scene;
  return [
    ...stateLines(found, scene),
    ...(found.alerts ?? []).map(waitsFor),
    ...nextLines(found, scene).map((line) => `${arrow(style)} ${line}`),
  ];
}

function waitsFor({ alert, tier, startsAt, quietSince }: AlertView): string {
  const how =
    quietSince === undefined
      ? `firing since ${clockTime(startsAt)}`
      : `which comes and goes, resolved since ${clockTime(quietSince)}`;
  return `waits for ${alert} (${tier}), ${how}`;
}

type Told = Pick<Scene, "style" | "now" | "several">;

function stateLines({ rollback, timeline }: RollbackScene, { style: { paint }, now }: Told): string[] {
  const verification = timeline?.verification ?? null;
  const last = verification?.last ?? null;
  const why = last === null ? "" : last.why.join("; ");
  switch (rollback.status) {
    case "verified":
      return [
        `${paint.green("it has helped")}: verified ${rollback.verifiedAt === null ? "" : clockTime(rollback.verifiedAt)}`,
      ];
    case "unverified":
      return [
        paint.red(`unverified: ${UNVERIFIED[rollback.unproven ?? "unseen"]}${why === "" ? "" : `: ${why}`}`),
        ...goodChecks(verification),
      ];
    case "failed":
      return [
        paint.red(`failed: not even ${rollback.tier} has helped${why === "" ? "" : `: ${why}`}`),
        ...goodChecks(verification),
      ];
    case "verifying":
      return [
        verification === null
          ? paint.yellow("it is being verified")
          : `${paint.yellow("being verified")}: ${verification.goodChecks} of ${verification.neededChecks} good checks; ${nextCheck(verification.nextCheckAt, now)}`,
        ...(last === null
          ? []
          : [
              `last check ${clockTime(last.at)}: ${paint[VERDICT_COLOURS[last.verdict] ?? "yellow"](last.verdict.replace("_", " "))}${why === "" ? "" : `: ${why}`}`,
            ]),
      ];
  }
}

/** What follows where a rollback has not helped. */
export function otherwise({ tier, nextSuspects }: Pick<RollbackView, "tier" | "nextSuspects">): string {
  if (tier === "flag" && nextSuspects.length > 0)
    return `and ${nextSuspects[0]} is turned off next where it has not helped`;
  return tier === TIER_NAMES.at(-1)
    ? "and people are called where it has not helped"
    : "and the next tier follows where it has not helped";
}

const UNVERIFIED = {
  unseen: "it cannot be seen whether it has helped",
  too_few: "too few requests tell whether it has helped",
  improved: "it is much better than it was, and not well",
} as const;

const VERDICT_COLOURS: Readonly<Record<string, "green" | "red" | "yellow">> = {
  good: "green",
  bad: "red",
  no_data: "yellow",
};

/** Things may still turn out well: it is looked on. */
function goodChecks(verification: RollbackTimeline["verification"]): string[] {
  if (verification === null) return [];
  const { goodChecks: good, neededChecks: needed } = verification;
  return [`it is looked at further: ${good} of ${needed} good checks, and it counts as verified after all`];
}

function nextCheck(at: string, now: number): string {
  const wait = (Date.parse(at) - now) / 1_000;
  return wait > 0 ? `next check in ${duration(wait)}, at ${clockTime(at)}` : "a check is due";
}

function nextLines({ application, rollback, alerts }: RollbackScene, { style, several }: Told): string[] {
  const { id, status } = rollback;
  const call = (command: string): string =>
    style.paint.bold(`rollguard ${command}${several ? ` --application ${application}` : ""}`);
  const firing = alerts?.some(({ quietSince }) => quietSince === undefined);
  const force = firing ? " --force" : "";
  switch (status) {
    case "verifying":
      return [`it is judged by itself, ${otherwise(rollback)}; nothing is to be done now`];
    case "verified":
      if (alerts !== null && alerts.length > 0 && !firing)
        return [`it ends by itself when they stay so; at once: ${call(`acknowledge ${id} --reason TEXT`)}`];
      return [
        `it ends by itself when its alerts have resolved; where they never will: ${call(`acknowledge ${id} --force --reason TEXT`)}`,
      ];
    case "unverified":
      return [
        `look at the application yourself. All is well: ${call(`acknowledge ${id}${force} --reason TEXT`)}`,
        `it is not: ${call("rollback --emergency --reason TEXT")}; why nothing is seen: ${call("preflight")}`,
      ];
    case "failed":
      return [
        "nothing more can be turned down: the cause is elsewhere, and somebody has to mend it",
        `when it is mended: ${call(`acknowledge ${id}${force} --reason TEXT`)}`,
      ];
  }
}
