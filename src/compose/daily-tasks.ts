import type { Email } from "../adapters/notify/email/email.ts";
import type { ReportFiles } from "../adapters/report/report-files.ts";
import type { DailyTask } from "../app/notify/daily.ts";
import { dailySummaryOf } from "../app/notify/daily-summary.ts";
import type { Clock, StateStore } from "../app/ports.ts";
import { readLedger } from "../app/report/read-ledger.ts";
import type { Settings } from "../config/settings.ts";
import type { Duration } from "../domain/time.ts";

export interface DailyTools {
  readonly settings: Pick<Settings, "production" | "externalUrl">;
  readonly store: Pick<StateStore, "read" | "events" | "ledger" | "outbox">;
  readonly clock: Clock;
  /** Null: there is no server for mails. */
  readonly email: Email | null;
  /** Null: nothing is written. */
  readonly reports: ReportFiles | null;
}

const DAY: Duration = 24 * 3_600_000;

/** What goes out once a day, over the ways that there are. */
export function dailyTasks(tools: DailyTools): readonly DailyTask[] {
  const { email, reports } = tools;
  return [
    ...(email === null ? [] : [summaryMail(tools, email)]),
    ...(reports === null ? [] : [reportFiles(tools, reports)]),
  ];
}

function summaryMail({ settings, store, clock }: DailyTools, email: Email): DailyTask {
  return {
    name: "mail",
    async run(policy, day, signal) {
      const { name } = policy.application;
      const now = clock.now(name);
      const { production, externalUrl } = settings;
      const [state, { events, lacking }, { dead }] = await Promise.all([
        store.read(name),
        readLedger(store, name, now - DAY),
        store.outbox.depth(name),
      ]);
      const parts = { policy, state, events, lacking, deadLetters: dead, day, now, production, externalUrl };
      await email.sendSummary(name, dailySummaryOf(parts), `${name}/${day}`, signal);
    },
  };
}

function reportFiles({ store, clock }: DailyTools, reports: ReportFiles): DailyTask {
  return {
    name: "report",
    async run({ application: { name } }, date) {
      await reports.writeDaily(name, date);
      const { rollout } = await store.read(name);
      if (rollout === null) return;
      const until = rollout.endedAt ?? clock.now(name);
      const days = Math.floor((until - rollout.startedAt) / DAY);
      // The last day that is over, also when the rollout has ended since the summary before; and the one before it, whose
      // summary may have been missed.
      if (clock.now(name) - until >= DAY) return;
      for (const day of [days - 1, days]) if (day > 0) await reports.writeDay(name, rollout.id, day);
    },
  };
}
