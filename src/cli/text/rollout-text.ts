import type { RolloutView } from "../../app/describe-rollout.ts";
import { adviceLines } from "./rollout-advice.ts";
import type { RolloutScene, Scene } from "./scene.ts";
import { quotedName } from "./stage-name.ts";
import { bar, type Colour, type Style } from "./style.ts";
import { table } from "./table.ts";
import { clockTime, duration } from "./times.ts";

const STATE_COLOURS: Readonly<Record<RolloutView["state"], Colour>> = {
  running: "green",
  holding: "yellow",
  paused: "yellow",
  completed: "green",
  aborted: "yellow",
  rolled_back: "red",
  failed: "red",
};

const BAR_CELLS = 20;

/** Where a rollout stands, why, and what to do next; of one that has ended, how to go on. */
export function rolloutLines(found: RolloutScene, scene: Scene): string[] {
  const { rollout } = found;
  const { paint } = scene.style;
  const state = paint[STATE_COLOURS[rollout.state]](rollout.state.replaceAll("_", " "));
  const attempt = rollout.attempt > 1 ? `, attempt ${rollout.attempt}` : "";
  const title = `rollout ${rollout.id}: ${rollout.plan}${attempt}, ${state}`;
  if (rollout.endedAt !== null) {
    const { detail, actor } = rollout.lastDecision;
    const where = `at ${clockTime(rollout.endedAt)} in stage ${rollout.stage} of ${rollout.stages.length}`;
    return [
      `${title} ${where}${namesActor(rollout) ? "" : ` by ${actor}`}: ${detail}`,
      ...adviceLines(found, scene).map((line) => `  ${line}`),
    ];
  }
  return [
    `${title}; begun ${clockTime(rollout.startedAt)} by ${rollout.startedBy}`,
    ...[
      stageLine(rollout, scene),
      ...bakeLines(rollout, scene),
      ...gateLines(rollout, scene),
      ...(rollout.bake?.doubts ?? []).map((doubt) => paint.yellow(doubt)),
      lastDecision(rollout),
      ...adviceLines(found, scene),
    ].map((line) => `  ${line}`),
  ];
}

function lastDecision(rollout: RolloutView): string {
  const { at, actor, detail, reason } = rollout.lastDecision;
  const who = namesActor(rollout) ? "" : `${reason.replaceAll("_", " ")} by ${actor}: `;
  return `last decision ${clockTime(at)}: ${who}${detail}`;
}

/** Operators' decisions say themselves who made them, and why. */
function namesActor({ lastDecision: { detail, actor } }: RolloutView): boolean {
  return detail.includes(`by ${actor}`);
}

/** `[██████░░░░] stage 2 of 6 "Phase 5": 60 % of traffic`: each stage takes the same part of the bar. */
function stageLine(rollout: RolloutView, scene: Scene): string {
  const { stage, stages, bake } = rollout;
  const current = stages[stage - 1];
  const baked = bake === null ? 0 : 1 - secondsLeft(rollout, scene) / bake.neededSeconds;
  const drawn = bar(scene.style, (stage - 1 + Math.min(1, Math.max(0, baked))) / stages.length, BAR_CELLS);
  const name = current === undefined ? "" : quotedName(current);
  return `${drawn} stage ${stage} of ${stages.length}${name}: ${current?.traffic ?? 0} % of traffic`;
}

function bakeLines(rollout: RolloutView, scene: Scene): string[] {
  const { bake, state, blind } = rollout;
  if (bake === null) return [];
  const left = secondsLeft(rollout, scene);
  const needed = duration(bake.neededSeconds);
  const stopped =
    state === "paused" ? ", stopped while paused" : blind !== null ? ", stopped while blind" : "";
  const baking = left > 0 ? `bake: ${duration(left)} left of ${needed}${stopped}` : `bake: ${needed} done`;
  if (state === "paused") return [baking];
  const wait = (Date.parse(bake.nextCheckAt) - scene.now) / 1_000;
  const next = wait > 0 ? `next check in ${duration(wait)}` : "a check is due";
  return [`${baking}; ${next}, at ${clockTime(bake.nextCheckAt)}`];
}

/** While nothing counts it stands still; else it runs since the server was asked. */
function secondsLeft({ bake, state, blind }: RolloutView, { now, askedAt }: Scene): number {
  if (bake === null) return 0;
  if (state === "paused" || blind !== null) return Math.max(0, bake.neededSeconds - bake.seenSeconds);
  return Math.max(0, bake.remainingSeconds - (now - askedAt) / 1_000);
}

function gateLines({ gate, thresholds, blind }: RolloutView, { style }: Scene): string[] {
  const own = Object.entries(thresholds).map(([metric, limit]) => `${metric} ${limit}`);
  return [
    ...criteriaLines(gate, blind !== null, style).map((line) => `  ${line}`),
    ...(own.length === 0 ? [] : [`  bounds that the operator chose: ${own.join(", ")}`]),
  ];
}

/** Each criterion of a gate as it stands, and what that rests on. */
export function criteriaLines(gate: RolloutView["gate"], isBlind: boolean, style: Style): string[] {
  // A bake that has just begun has seen nothing yet, and that is no trouble.
  const nothing = isBlind ? style.paint.yellow("no data") : "not yet";
  return table(
    gate.map(({ metric, value, verdict, green, red, judged, counted }) => [
      verdict === "no_data" || verdict === "not_enough" ? nothing : style.paint[verdict](verdict),
      metric,
      value === null ? "-" : String(Number(value.toPrecision(6))),
      `green ${green}`,
      red === null ? "never red" : `red ${red}`,
      // An older server does not count.
      counted?.words ?? judged,
    ]),
  );
}
