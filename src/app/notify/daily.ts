import type { NotificationPolicy, Policy } from "../../domain/policy.ts";
import type { Duration, Instant } from "../../domain/time.ts";
import type { Lanes } from "../lanes.ts";
import type { Policies } from "../policies.ts";
import type { Clock, Logger } from "../ports.ts";
import { localTime, minutesBetween } from "./local-day.ts";

/** What is done once a day; each is tried for itself. */
export interface DailyTask {
  readonly name: string;
  /** @param day `2026-11-21` */
  run(policy: Policy, day: string, signal: AbortSignal): Promise<void>;
}

export interface DailyOptions {
  readonly policies: Policies;
  readonly lanes: Pick<Lanes, "submit">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly tasks: readonly DailyTask[];
  readonly lookEvery?: Duration;
}

const LOOK_EVERY: Duration = 30_000;
const MINUTE: Duration = 60_000;
const MINUTES_OF_A_DAY = 1_440;
/** Minutes. What is later than this is left out: the day's news are old, and the next ones come soon. */
const LATEST = 180;

/** The daily summary, at the policy's time of day: sent by one of several responders, and by another one where that dies. */
export class Daily {
  readonly #options: DailyOptions;
  /** By application: the day that is done, by us or somebody else. */
  readonly #done = new Map<string, string>();
  /** By application and task: the day of which we have done it. */
  readonly #parts = new Map<string, string>();
  readonly #stopping = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | null = null;

  constructor(options: DailyOptions) {
    this.#options = options;
  }

  start(): void {
    const { lookEvery = LOOK_EVERY } = this.#options;
    this.#timer = setInterval(() => {
      this.#running ??= this.look().finally(() => {
        this.#running = null;
      });
    }, lookEvery);
    this.#timer.unref();
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#stopping.abort();
    await this.#running;
  }

  /** Never rejects: it is looked again. */
  async look(): Promise<void> {
    for (const policy of this.#options.policies.all()) {
      if (this.#stopping.signal.aborted) return;
      await this.#lookAt(policy).catch((error: unknown) => {
        const application = policy.application.name;
        this.#options.logger.warn({ application, err: error }, "the daily summary is tried again");
      });
    }
  }

  async #lookAt(policy: Policy): Promise<void> {
    const { lanes, clock, tasks, logger } = this.#options;
    const { application, notifications } = policy;
    const day = dueDay(clock.now(application.name), notifications);
    if (day === null || this.#done.get(application.name) === day) return;
    if (!(await this.#noted(application.name, day, false))) return;
    // Those that we know to be done are not done again because of the others.
    const left = tasks.filter(({ name }) => this.#parts.get(`${application.name} ${name}`) !== day);
    const results = await Promise.allSettled(
      left.map(async (task) => {
        await task.run(policy, day, this.#stopping.signal);
        this.#parts.set(`${application.name} ${task.name}`, day);
      }),
    );
    for (const [index, result] of results.entries())
      if (result.status === "rejected")
        logger.warn(
          { application: application.name, task: left[index]?.name, err: result.reason },
          "a part of the daily summary did not get out",
        );
    // What failed comes again when the lease has run out; another responder does all of it: twice is better than never.
    if (results.some(({ status }) => status === "rejected")) return;
    await lanes.submit(application.name, [{ type: "summary", day, sent: true }]);
    this.#done.set(application.name, day);
  }

  /** Whether it is ours now. */
  async #noted(application: string, day: string, sent: boolean): Promise<boolean> {
    const [numbered] = await this.#options.lanes.submit(application, [{ type: "summary", day, sent }]);
    return (numbered?.decision.changes.length ?? 0) > 0;
  }
}

/** The day whose summary is due, which may be yesterday's; null: none is. */
function dueDay(now: Instant, { timeZone, email }: NotificationPolicy): string | null {
  for (const since of [0, LATEST * MINUTE]) {
    const { day } = localTime(now - since, timeZone);
    const { day: today, time } = localTime(now, timeZone);
    const late = minutesBetween(email.dailySummaryAt, time) + (day === today ? 0 : MINUTES_OF_A_DAY);
    if (late >= 0 && late <= LATEST) return day;
  }
  return null;
}
