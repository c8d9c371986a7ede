import { parseArgs } from "node:util";
import type { ExplainView } from "../app/explain.ts";
import { clientOf, fetchName, pathOf } from "./applications.ts";
import type { Command } from "./command.ts";
import { lines } from "./io.ts";
import { explainLines } from "./text/explain-text.ts";
import { json } from "./text/printable.ts";
import { styleOf } from "./text/style.ts";

const help = lines(
  "usage: rollguard explain [--alert NAME] [--application NAME] [--json]",
  "",
  "What each alert that rolls back would do if it fired now: which flags and how much traffic before and after; and where",
  "it would do nothing, why: an open rollback covers it, it is known already, it cools down, the storm breaker is open,",
  "or nothing is left to turn down. Nothing is changed by asking.",
  "",
  "  --alert NAME         only this one",
  "  --application NAME   needed when there are several",
  "  --json               as GET /api/v1/applications/NAME/explain gives it",
);

export const explain: Command = {
  help,
  async run(argv, io) {
    const { values } = parseArgs({
      args: [...argv],
      options: { alert: { type: "string" }, application: { type: "string" }, json: { type: "boolean" } },
    });
    const client = clientOf(io);
    const application = await fetchName(client, values.application);
    const query = values.alert === undefined ? "" : `?alert=${encodeURIComponent(values.alert)}`;
    const answer = await client.get<ExplainView>(pathOf(application, `/explain${query}`));
    io.stdout(values.json ? lines(json(answer)) : lines(...explainLines(answer, styleOf(io))));
    return 0;
  },
};
