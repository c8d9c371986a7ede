import { parseArgs } from "node:util";
import type { FlagView } from "../app/describe-application.ts";
import { fetchApplications, pickApplication } from "./applications.ts";
import type { Command } from "./command.ts";
import { lines, UsageError } from "./io.ts";

const help = lines(
  "usage: rollguard flags list [--application NAME] [--json]",
  "       rollguard flags get KEY [--application NAME] [--json]",
  "",
  "Exposure is the percentage of users who can meet a flag: 0 when it, or a flag above it, is off.",
  "",
  "  --application NAME   whose flags; needed when there are several",
  "  --json               as GET /api/v1/applications/NAME/flags[/KEY] gives it",
);

export const flags: Command = {
  help,
  async run(argv, io) {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: { application: { type: "string" }, json: { type: "boolean" } },
      allowPositionals: true,
    });
    const [verb, key, ...extra] = positionals;
    if (extra.length > 0 || (verb === "list" && key !== undefined))
      throw new UsageError("too many arguments");
    if (verb !== "list" && verb !== "get") throw new UsageError("expected list, or get KEY");
    if (verb === "get" && key === undefined) throw new UsageError("get: which flag?");

    const view = pickApplication(await fetchApplications(io), values.application);
    if (verb === "get") {
      const flag = view.flags.find((candidate) => candidate.key === key);
      if (flag === undefined)
        throw new UsageError(`"${view.application}" has no flag "${key}"; see flags list`);
      io.stdout(values.json ? lines(JSON.stringify(flag)) : table([flag]));
    } else {
      const { application, revision } = view;
      io.stdout(
        values.json ? lines(JSON.stringify({ application, revision, flags: view.flags })) : table(view.flags),
      );
    }
    return 0;
  },
};

function table(rows: readonly FlagView[]): string {
  const cells = [
    ["FLAG", "ON", "PERCENT", "EXPOSURE", "PHASE", "CHANGED BY", "AT", ""],
    ...rows.map((flag) => [
      flag.key,
      flag.enabled ? "on" : "off",
      String(flag.rolloutPercentage),
      String(flag.exposure),
      flag.phase === null ? "-" : String(flag.phase),
      flag.updatedBy,
      flag.updatedAt ?? "-",
      flag.quarantined ? "quarantined" : "",
    ]),
  ];
  const widths = (cells[0] ?? []).map((_, column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0)),
  );
  return lines(
    ...cells.map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    ),
  );
}
