import { parseArgs } from "node:util";
import type { ServedApplication } from "./answers.ts";
import { clientOf, fetchApplications, fetchTimelines, pickApplication } from "./applications.ts";
import type { Command } from "./command.ts";
import { lines } from "./io.ts";
import { clockOf } from "./system-clock.ts";
import { applicationLines } from "./text/application-text.ts";
import { json } from "./text/printable.ts";
import type { Scene } from "./text/scene.ts";
import { styleOf } from "./text/style.ts";
import { watchStatus } from "./watch-status.ts";

const help = lines(
  "usage: rollguard status [--watch] [--application NAME] [--json]",
  "",
  "Shows every application: its traffic; its rollout with stage, bake and gate, and what to do next; its open rollback,",
  "whether that has helped, what it waits for, and what to do next; the flags in quarantine. Asks the server at",
  "ROLLGUARD_URL (with ROLLGUARD_TOKEN); without it the one at ROLLGUARD_LISTEN, and when that does not answer, the",
  "store itself.",
  "",
  "  --watch              stays, and shows every change, until Ctrl-C; needs a server",
  "  --application NAME   only this one",
  '  --json               {"applications": […]}, each as GET /api/v1/applications/NAME gives it;',
  "                       with --watch one such line after each change",
);

export const status: Command = {
  help,
  async run(argv, io) {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        watch: { type: "boolean" },
        application: { type: "string" },
        json: { type: "boolean" },
      },
    });
    const { application: name, json: asJson = false } = values;
    if (values.watch) return await watchStatus({ name, asJson, io });
    const all = await fetchApplications(io);
    const views = name === undefined ? all : [pickApplication(all, name)];
    if (asJson) {
      io.stdout(lines(json({ applications: views })));
      return 0;
    }
    const now = clockOf(io).now();
    const timelines = await fetchTimelines(clientOf(io), views);
    const scene: Scene = { style: styleOf(io), now, askedAt: now, several: all.length > 1, timelines };
    io.stdout(statusText(views, scene));
    return 0;
  },
};

function statusText(views: readonly ServedApplication[], scene: Scene): string {
  return views.map((view) => lines(...applicationLines(view, scene))).join("\n");
}
