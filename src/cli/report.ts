import { parseArgs } from "node:util";
import { rendered, renderedFiles } from "../adapters/report/rendered.ts";
import {
  REPORT_FORMATS,
  REPORT_KINDS,
  type Report,
  type ReportFormat,
  type ReportKind,
} from "../app/report/report.ts";
import { clientOf, fetchName, pathOf } from "./applications.ts";
import type { Command } from "./command.ts";
import { checkForce, deliverFile } from "./deliver-file.ts";
import { Failure, type Io, lines, UsageError } from "./io.ts";
import { wholeNumberOf } from "./numbers.ts";
import { deliverFiles, isDirectory } from "./report-directory.ts";
import { ServerProblem } from "./server-client.ts";

const help = lines(
  "usage: rollguard report stage [--stage N]        [options]",
  "       rollguard report day [--day N]            [options]",
  "       rollguard report final                    [options]",
  "       rollguard report incident [--rollback ID] [options]",
  "       rollguard report daily                    [options]",
  "",
  "  stage      one stage of the rollout: the one that was completed last; before that the one that goes on; of a rollout",
  "             that has ended the last one",
  "  day        24 hours since the rollout began: the last day that is over, or the first",
  "  final      the whole rollout, also before its end",
  "  incident   one rollback, from its alert to what is left to do: the open one, or the last",
  "  daily      the last 24 hours, with or without a rollout",
  "",
  "  --format FORMAT      md (default), html: one page with its pictures, or json: as the API gives it",
  "  --out FILE           write it there; its ending says the format",
  "  --out DIRECTORY      write it there under its own name: as Markdown with its pictures beside it, and as HTML; one that",
  "                       is not there yet must end with a /",
  "  --force              write over files that are there",
  "  --application NAME   needed when there are several",
);

interface Options {
  readonly stage?: string;
  readonly day?: string;
  readonly rollback?: string;
  readonly format?: string;
  readonly out?: string;
  readonly force?: boolean;
  readonly application?: string;
}

export const report: Command = {
  help,
  async run(argv, io) {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: {
        stage: { type: "string" },
        day: { type: "string" },
        rollback: { type: "string" },
        format: { type: "string" },
        out: { type: "string" },
        force: { type: "boolean" },
        application: { type: "string" },
      },
      allowPositionals: true,
    });
    const [kind, ...extra] = positionals;
    if (extra.length > 0) throw new UsageError("too many arguments");
    if (!isKind(kind)) throw new UsageError(`expected one of ${REPORT_KINDS.join(", ")}`);
    checkForce(values);
    const query = queryOf(kind, values);
    const format = formatOf(values);
    const found = await fetchReport(kind, query, values, io);
    deliver(found, format, values, io);
    return 0;
  },
};

function isKind(kind: string | undefined): kind is ReportKind {
  return REPORT_KINDS.some((each) => each === kind);
}

/** What is only for another kind of report is refused: whoever says it means something else. */
function queryOf(kind: ReportKind, { stage, day, rollback }: Options): string {
  const said = { stage, day, rollback };
  const own = { stage: "stage", day: "day", incident: "rollback", final: null, daily: null }[kind];
  for (const [name, value] of Object.entries(said))
    if (value !== undefined && name !== own) throw new UsageError(`--${name} is not for a ${kind} report`);
  wholeNumberOf("stage", stage, 1);
  wholeNumberOf("day", day, 1);
  const value = own === null ? undefined : said[own as keyof typeof said];
  if (value === "") throw new UsageError(`--${own}: which one?`);
  return value === undefined ? "" : `?${own}=${encodeURIComponent(value)}`;
}

/** Null: all that a directory gets. */
function formatOf({ format, out }: Options): ReportFormat | null {
  const found = REPORT_FORMATS.find((each) => each === format);
  if (format !== undefined && found === undefined)
    throw new UsageError(`--format: expected md, html or json, not "${format}"`);
  if (found !== undefined) return found;
  if (out === undefined) return "md";
  if (isDirectory(out)) return null;
  const ending = REPORT_FORMATS.find((each) => out.toLowerCase().endsWith(`.${each}`));
  if (ending !== undefined) return ending;
  throw new UsageError(
    `--out: "${out}" ends with no .md, .html or .json: say --format, or end the name of a new directory with a /`,
  );
}

async function fetchReport(
  kind: ReportKind,
  query: string,
  { application }: Options,
  io: Io,
): Promise<Report> {
  const client = clientOf(io);
  const path = pathOf(await fetchName(client, application), `/reports/${kind}${query}`);
  return await client.get<Report>(path).catch((error: unknown) => {
    throw error instanceof ServerProblem && error.code === "not_found"
      ? new Failure(String(error.body.detail))
      : error;
  });
}

function deliver(found: Report, format: ReportFormat | null, options: Options, io: Io): void {
  const { out } = options;
  const what = `${found.kind} report of ${found.application}`;
  if (out !== undefined && isDirectory(out)) {
    const files = renderedFiles(found, format === null ? ["md", "html"] : [format]);
    const paths = deliverFiles(out, files, options.force === true);
    io.stdout(lines(...paths.map((path) => `${what} written to ${path}`)));
    return;
  }
  deliverFile(rendered(found, format ?? "md"), what, options, io);
}
