import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type PagerDutyServer, startPagerDutyServer } from "./pagerduty-server.ts";
import { temporaryDirectory } from "./process.ts";
import { type SlackServer, startSlackServer } from "./slack-server.ts";
import { type ReceivedMail, startSmtpServer } from "./smtp-server.ts";
import { Stopper } from "./stopper.ts";
import { ROUTING_KEY } from "./told-by-rollguard.ts";

/** Every way to people, on this machine. */
export interface PeopleServers {
  /** What Rollguard is started with to use them. */
  readonly settings: Readonly<Record<string, string>>;
  readonly slack: {
    readonly server: SlackServer;
    /** What the messages say that stand for an incident, without the pointers to them. */
    cards(): readonly string[];
  };
  readonly pagerDuty: PagerDutyServer;
  readonly mails: readonly ReceivedMail[];
  /** The report as Markdown; empty while there is none. */
  incidentReport(application: string, rollback: string): Promise<string>;
  stop(): Promise<void>;
}

const BOT = "xoxb-a-bot-of-this-test";

export async function startPeopleServers(): Promise<PeopleServers> {
  const running = new Stopper();
  try {
    const server = await running.start(startSlackServer({ token: BOT }));
    const pagerDuty = await running.start(startPagerDutyServer());
    const smtp = await running.start(startSmtpServer());
    const reports = await temporaryDirectory("reports");
    running.add(reports.remove);
    return {
      settings: {
        SLACK_BOT_TOKEN: BOT,
        SLACK_API_URL: server.apiUrl,
        PAGERDUTY_ROUTING_KEY: ROUTING_KEY,
        PAGERDUTY_EVENTS_URL: pagerDuty.url,
        SMTP_URL: smtp.url,
        ROLLGUARD_REPORTS: reports.path,
      },
      slack: {
        server,
        cards: () =>
          server.workspace.messages
            .filter(
              ({ thread, metadata }) => thread === null && metadata?.event_type === "rollguard_incident",
            )
            .map(({ text }) => text),
      },
      pagerDuty,
      mails: smtp.mails,
      incidentReport: async (application, rollback) => {
        const directory = join(reports.path, application);
        const files = await readdir(directory).catch(() => []);
        const name = files.find((file) => file.endsWith(`${rollback}.md`));
        return name === undefined ? "" : await readFile(join(directory, name), "utf8");
      },
      stop: () => running.stop(),
    };
  } catch (error) {
    await running.stop();
    throw error;
  }
}
