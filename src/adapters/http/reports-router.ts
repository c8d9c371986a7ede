import { type Request, type RequestHandler, type Response, Router } from "express";
import type { Policies } from "../../app/policies.ts";
import type { ReportRequest } from "../../app/report/make-report.ts";
import {
  NothingToReport,
  REPORT_FORMATS,
  REPORT_KINDS,
  type Report,
  type ReportFormat,
  type ReportKind,
} from "../../app/report/report.ts";
import { policyNamed } from "../../app/run-command.ts";
import { RollguardError } from "../../domain/errors.ts";
import type { Access } from "./access.ts";
import { onlyMethods } from "./only-methods.ts";
import { HttpProblem } from "./problem.ts";
import { sendJsonText } from "./reply.ts";
import { wholeNumber } from "./whole-number.ts";

export interface ReportsOptions {
  readonly access: Access;
  readonly policies: Policies;
  /** @throws NothingToReport, RollguardError */
  readonly makeReport: (application: string, request: ReportRequest) => Promise<Report>;
  readonly renderReport: (report: Report, format: ReportFormat) => string;
}

type Asked = { application: string; kind: string };

const TYPES: Readonly<Record<ReportFormat, string>> = {
  json: "application/json; charset=utf-8",
  md: "text/markdown; charset=utf-8",
  html: "text/html; charset=utf-8",
};

/** A page with other people's words in it: nothing in it may run, and nothing may be loaded. */
const PAGE_HEADERS = {
  "Content-Security-Policy":
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox allow-popups",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cache-Control": "no-store",
};

/** Reports, made when they are asked for. */
export function reportsRouter({ access, policies, makeReport, renderReport }: ReportsOptions): Router {
  const router = Router();
  router
    .route("/api/v1/applications/:application/reports/:kind")
    .get(
      access.needs("viewer") as RequestHandler<never>,
      async (request: Request<Asked>, response: Response) => {
        const { application, kind } = request.params;
        policyNamed(policies, application);
        const format = oneOf(REPORT_FORMATS, request.query.format ?? "json", "format");
        const report = await makeReport(application, requestOf(kind, request.query)).catch((error) => {
          throw error instanceof NothingToReport ? new HttpProblem("not_found", error.message) : error;
        });
        sendJsonText(response, renderReport(report, format), { headers: PAGE_HEADERS, type: TYPES[format] });
      },
    )
    .all(onlyMethods("GET"));
  return router;
}

/** What is only for another kind of report is refused: whoever asks for it means something else. */
const PARAMETERS: Readonly<Record<ReportKind, readonly string[]>> = {
  stage: ["stage"],
  day: ["day"],
  final: [],
  incident: ["rollback"],
  daily: [],
};

function requestOf(named: string, query: Request["query"]): ReportRequest {
  const kind = oneOf(REPORT_KINDS, named, "kind");
  const stranger = Object.keys(query).find((name) => name !== "format" && !PARAMETERS[kind].includes(name));
  if (stranger !== undefined)
    throw new RollguardError(
      "bad_request",
      `${stranger.slice(0, 100)}: a ${kind} report takes ${["format", ...PARAMETERS[kind]].join(" and ")}`,
    );
  const stage = wholeNumber(query.stage, "stage", { least: 1, most: 1_000 });
  const day = wholeNumber(query.day, "day", { least: 1, most: 10_000 });
  const { rollback } = query;
  if (rollback !== undefined && (typeof rollback !== "string" || rollback === ""))
    throw new RollguardError("bad_request", "rollback: expected the id of one rollback");
  return {
    kind,
    ...(stage === undefined ? {} : { stage }),
    ...(day === undefined ? {} : { day }),
    ...(rollback === undefined ? {} : { rollback }),
  };
}

function oneOf<T extends string>(known: readonly T[], asked: unknown, name: string): T {
  const found = known.find((each) => each === asked);
  if (found !== undefined) return found;
  throw new RollguardError("bad_request", `${name}: expected one of ${known.join(", ")}`);
}
