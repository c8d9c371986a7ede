import { parseArgs } from "node:util";
import type { ApplicationView } from "../app/describe-application.ts";
import { fetchApplications, pickApplication } from "./applications.ts";
import type { Command } from "./command.ts";
import { lines } from "./io.ts";

const help = lines(
  "usage: rollguard status [--application NAME] [--json]",
  "",
  "Shows every application: its traffic, its open rollback and what it waits for, and the flags in quarantine.",
  "Asks the server at ROLLGUARD_URL (with ROLLGUARD_TOKEN); without it the one at ROLLGUARD_LISTEN, and when",
  "that does not answer, the store itself.",
  "",
  "  --application NAME   only this one",
  '  --json               {"applications": […]}, each as GET /api/v1/applications/NAME gives it',
);

export const status: Command = {
  help,
  async run(argv, io) {
    const { values } = parseArgs({
      args: [...argv],
      options: { application: { type: "string" }, json: { type: "boolean" } },
    });
    const all = await fetchApplications(io);
    const views = values.application === undefined ? all : [pickApplication(all, values.application)];
    io.stdout(values.json ? lines(JSON.stringify({ applications: views })) : views.map(describe).join("\n"));
    return 0;
  },
};

function describe(view: ApplicationView): string {
  const { application, revision, traffic, rollback, alerts, quarantine } = view;
  const off = view.flags.filter(({ exposure }) => exposure === 0).length;
  return lines(
    `${application}: ${traffic} % of traffic, revision ${revision}, ${view.flags.length - off} flags on, ${off} off`,
    rollback === null
      ? "  no rollback is open"
      : `  rollback ${rollback.id}: ${rollback.tier}, begun ${rollback.startedAt} by ${rollback.trigger}`,
    ...alerts.map(
      ({ alert, tier, startsAt }) => `    waits for ${alert} (${tier}), firing since ${startsAt}`,
    ),
    ...quarantine.map(({ flag, rollback: id }) => `  in quarantine: ${flag}, turned down by ${id}`),
  );
}
