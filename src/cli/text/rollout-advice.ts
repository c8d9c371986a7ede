import type { RolloutView } from "../../app/describe-rollout.ts";
import type { RolloutScene, Scene } from "./scene.ts";
import { arrow } from "./style.ts";
import { clockTime, duration } from "./times.ts";

/** What keeps a rollout from going on, what that means, and what to do next. */
export function adviceLines(found: RolloutScene, { style, several }: Scene): string[] {
  const call: Call = (command) =>
    style.paint.bold(`rollguard ${command}${several ? ` --application ${found.application}` : ""}`);
  return adviceOn(found, call).flatMap(({ what, next }) => [
    ...(what === null ? [] : [style.paint.yellow(what)]),
    `${arrow(style)} ${next}`,
  ]);
}

interface Advice {
  /** What is the matter; null when that is told already. */
  readonly what: string | null;
  readonly next: string;
}

function adviceOn(found: RolloutScene, call: Call): readonly Advice[] {
  const { rollout } = found;
  if (rollout.endedAt !== null) return afterTheEnd(found, call);
  if (rollout.pausedAt === null) return [...whileBlind(rollout, call), ...whileHeld(rollout, call)];
  return [
    {
      what: `paused since ${clockTime(rollout.pausedAt)}: nothing is looked at, and nothing is promoted`,
      next: `triggers still roll back; go on with ${call("resume")}, or end it with ${call("abort")}`,
    },
  ];
}

type Call = (command: string) => string;

function whileBlind({ blind }: RolloutView, call: Call): Advice[] {
  if (blind === null) return [];
  const lostGate = blind.missing.some((missing) => missing.endsWith("is not in the policy any more"));
  if (lostGate) {
    return [
      {
        what: `blind since ${clockTime(blind.since)}: ${blind.missing.join("; ")}`,
        next: `put the gate back into the policy and reload it, or end the rollout with ${call("abort")}`,
      },
    ];
  }
  return [
    {
      what: `blind since ${clockTime(blind.since)}: ${blind.missing.join("; ")}`,
      next: `nothing is promoted; it goes on by itself when there is data again; ${call("preflight")} helps to find the cause`,
    },
  ];
}

function whileHeld({ hold, bake }: RolloutView, call: Call): Advice[] {
  if (hold === null) return [];
  const since = `since ${clockTime(hold.since)}`;
  if (hold.kind === "approval")
    return [
      {
        what: `waits for approval ${since}`,
        next: `promote it with ${call("approve")}, or end it with ${call("abort")}`,
      },
    ];
  const what = `held ${since}: ${hold.why.join("; ")}`;
  if (hold.kind === "not_enough")
    return [
      {
        what,
        next: `with requests enough it is judged by itself; ${call("approve --reason TEXT")} promotes it without them, ${call("abort")} ends it`,
      },
    ];
  if (hold.kind === "shared_cause")
    return [
      {
        what,
        next: `find what hits those without the change too; it goes on by itself when that is over, ${call("abort")} ends it`,
      },
    ];
  const anew = bake === null ? "" : ` for ${duration(bake.neededSeconds)}`;
  return [
    {
      what,
      next: `it bakes anew${anew}, and is then judged again by itself; ${call("abort")} ends it`,
    },
  ];
}

function afterTheEnd({ rollout, rollback, traffic }: RolloutScene, call: Call): Advice[] {
  const retry = call("retry --acknowledge --reason TEXT");
  const next = (text: string): Advice[] => [{ what: null, next: text }];
  switch (rollout.state) {
    case "rolled_back":
      return next(
        rollback === null
          ? `when the cause is mended: ${retry}`
          : `when rollback ${rollback.id} has ended, and its cause is mended: ${retry}`,
      );
    case "failed":
      return next(`mend the policy, then ${retry}`);
    case "aborted":
      return next(
        `traffic stays at ${traffic} %; again: ${retry}; back: ${call("flags restore --reason TEXT")}`,
      );
    default:
      return [];
  }
}
