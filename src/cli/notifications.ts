import { parseArgs } from "node:util";
import type { ChannelTested } from "../compose/test-notifications.ts";
import type { Settings } from "../config/settings.ts";
import type { Command } from "./command.ts";
import { Failure, type Io, lines, UsageError } from "./io.ts";
import { settingsOf } from "./settings-of.ts";
import { forPeople, json } from "./text/printable.ts";
import { styleOf } from "./text/style.ts";

const CHANNELS = ["slack", "pagerduty", "email", "stakeholders", "webhook", "report"] as const;

const help = lines(
  "usage: rollguard notifications test [--channel NAME] [--application NAME] [--json]",
  "",
  "Sends a sample, which says that it is one, to each channel that is configured, as serve would: with the settings and the",
  "policies of this machine. No server is needed, and nothing is rolled back. PagerDuty's is of severity info, and resolved",
  "at once; where reports go a test.txt is written.",
  "",
  `  --channel NAME       only this one: ${CHANNELS.join(", ")}`,
  "  --application NAME   only of this one",
  '  --json               [{"application","channel","ok","told"}]',
  "",
  "Settings, each also as a file with _FILE behind its name:",
  "  SLACK_BOT_TOKEN      an app with chat:write; with channels:manage, channels:join, channels:read and channels:history it",
  "                       opens incident channels, and posts nothing twice after a crash",
  "  SLACK_WEBHOOK_URL    instead: an incoming webhook, which can update nothing",
  "  PAGERDUTY_ROUTING_KEY  the integration key of an Events API v2 integration",
  "  SMTP_URL             smtp[s]://user:password@host:port?from=rollguard@example.org",
  "  ROLLGUARD_NOTIFY_WEBHOOK_URL, ROLLGUARD_NOTIFY_WEBHOOK_SECRET   CloudEvents, signed, for everything else",
  "",
  "exit codes: 0 all of them took it, 1 one did not, or none is configured, 2 called wrongly",
);

export const notifications: Command = {
  help,
  async run(argv, io) {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: {
        channel: { type: "string" },
        application: { type: "string" },
        json: { type: "boolean" },
      },
      allowPositionals: true,
    });
    if (positionals.length !== 1 || positionals[0] !== "test")
      throw new UsageError("say what: rollguard notifications test");
    const { channel, application } = values;
    if (channel !== undefined && !CHANNELS.some((one) => one === channel))
      throw new UsageError(`--channel: "${channel}" is none of ${CHANNELS.join(", ")}`);
    return await test(io, settingsOf(io), { channel, application }, values.json === true);
  },
};

async function test(
  io: Io,
  settings: Settings,
  wish: { channel: string | undefined; application: string | undefined },
  asJson: boolean,
): Promise<0 | 1> {
  const { testNotifications } = await import("../compose/test-notifications.ts");
  const { green, red } = styleOf(io).paint;
  const tell = ({ application, channel, ok, told }: ChannelTested): void => {
    const how = ok ? green("sent  ") : red("failed");
    if (!asJson) io.stdout(lines(`${how} ${application}: ${channel}: ${forPeople(told)}`));
  };
  const tested = await testNotifications(settings, wish, tell);
  if (asJson) io.stdout(lines(json(tested)));
  if (tested.length === 0) throw new Failure(nothing(settings, wish.channel, wish.application));
  return tested.every(({ ok }) => ok) ? 0 : 1;
}

function nothing({ policy }: Settings, channel: string | undefined, application: string | undefined): string {
  if (application !== undefined)
    return `nothing was sent: ${policy} has no application "${application}", or no channel is configured`;
  const which = channel === undefined ? "no channel is" : `${channel} is not`;
  return `nothing was sent: ${which} configured; rollguard notifications --help names the settings`;
}
