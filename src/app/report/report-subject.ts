import type { PastRollback, Rollback } from "../../domain/rollback.ts";
import { isActive, type Rollout } from "../../domain/rollout.ts";
import type { ApplicationState } from "../../domain/state.ts";
import type { Duration, Instant } from "../../domain/time.ts";
import type { Span } from "./measure-series.ts";
import type { Subject } from "./progress-report.ts";
import { NothingToReport } from "./report.ts";
import { type StageSpan, stagesBegun } from "./stage-results.ts";

interface Asked {
  readonly kind: "stage" | "day" | "final" | "daily" | "incident";
  readonly rollout?: string;
  readonly stage?: number;
  readonly day?: number;
}

const DAY: Duration = 24 * 60 * 60_000;

/** The last rollout and the one before it are known; of older ones only the ledger tells. @throws NothingToReport */
export function rolloutNamed(
  { rollout, backup }: ApplicationState,
  { kind, rollout: id }: Asked,
): Rollout | null {
  if (id === undefined) {
    if (rollout === null && kind !== "daily")
      throw new NothingToReport(
        "there has been no rollout yet: rollguard deploy starts one; a daily report needs none",
      );
    return rollout;
  }
  const found = [rollout, backup?.rollout ?? null].find((each) => each?.id === id);
  if (found === undefined || found === null)
    throw new NothingToReport(`rollout ${id} is not remembered any more: its events are in the ledger`);
  return found;
}

/** @throws NothingToReport when it has not begun */
export function subjectOf(asked: Asked, rollout: Rollout | null, now: Instant): Subject {
  if (asked.kind === "daily" || rollout === null) return { kind: "daily", rollout: ofLastDay(rollout, now) };
  if (asked.kind === "stage") return { kind: "stage", rollout, stage: stageNamed(rollout, asked.stage) };
  if (asked.kind === "day") return { kind: "day", rollout, day: dayNamed(rollout, asked.day, now) };
  return { kind: "final", rollout };
}

/** One that ended before the day began is of no interest in it. */
export function ofLastDay(rollout: Rollout | null, now: Instant): Rollout | null {
  return rollout === null || (rollout.endedAt ?? now) <= now - DAY ? null : rollout;
}

/** The one that was completed last, while it goes on; else the one that it ended in. */
function stageNamed(rollout: Rollout, number: number | undefined): StageSpan {
  const begun = stagesBegun(rollout);
  const usual = isActive(rollout)
    ? (begun.findLast(({ endedAt }) => endedAt !== null) ?? begun[0])
    : begun.at(-1);
  const found = number === undefined ? usual : begun.find(({ stage }) => stage === number);
  if (found !== undefined) return found;
  const known = begun.map(({ stage }) => stage).join(", ");
  throw new NothingToReport(
    `stage ${number} of rollout ${rollout.id} has not begun, or was left out: there are stages ${known}`,
  );
}

/** The last one that is over, else the first one. */
function dayNamed({ id, startedAt, endedAt }: Rollout, number: number | undefined, now: Instant): number {
  const until = Math.min(endedAt ?? now, now);
  const begun = Math.max(1, Math.ceil((until - startedAt) / DAY));
  if (number === undefined)
    return endedAt !== null && endedAt <= now ? begun : Math.max(1, Math.floor((until - startedAt) / DAY));
  if (number <= begun) return number;
  throw new NothingToReport(
    `day ${number} of rollout ${id} has not begun: it ${endedAt === null ? "is in" : "ended on"} day ${begun}`,
  );
}

export function spanOf(subject: Subject, now: Instant): Span {
  switch (subject.kind) {
    case "stage":
      return { from: subject.stage.startedAt, to: Math.min(now, subject.stage.endedAt ?? now) };
    case "day": {
      const from = subject.rollout.startedAt + (subject.day - 1) * DAY;
      return { from, to: Math.min(now, from + DAY) };
    }
    case "final":
      return { from: subject.rollout.startedAt, to: Math.min(now, subject.rollout.endedAt ?? now) };
    case "daily":
      return { from: now - DAY, to: now };
  }
}

/** The one that is named; else the open one, or the last one. @throws NothingToReport */
export function rollbackNamed(
  { rollback, past }: ApplicationState,
  id: string | undefined,
): Rollback | PastRollback {
  const known = [...past, ...(rollback === null ? [] : [rollback])];
  const found = id === undefined ? known.at(-1) : known.find((each) => each.id === id);
  if (found !== undefined) return found;
  throw new NothingToReport(
    id === undefined
      ? "there has been no rollback yet: there is no incident to report"
      : `rollback ${id.slice(0, 100)} is not remembered: rollguard rollbacks lists those that are; the ledger has all of them`,
  );
}
