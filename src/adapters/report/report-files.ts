import { randomUUID } from "node:crypto";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Incident } from "../../app/notify/incident.ts";
import { type Delivery, DeliveryError, type Notifier } from "../../app/notify/notifier.ts";
import type { Clock } from "../../app/ports.ts";
import type { ReportRequest } from "../../app/report/make-report.ts";
import { NothingToReport, type Report, type ReportFormat } from "../../app/report/report.ts";
import { rfc3339 } from "../../app/rfc3339.ts";
import { renderedFiles } from "./rendered.ts";
import { reportsFor } from "./reports-for.ts";

export interface ReportFilesOptions {
  /** Made when it is missing; each application has a directory of its own in it. */
  readonly directory: string;
  /** @throws NothingToReport, RollguardError */
  readonly makeReport: (application: string, request: ReportRequest) => Promise<Report>;
  readonly clock: Clock;
}

const FORMATS: readonly ReportFormat[] = ["md", "html"];

/**
 * Reports as files, for people and for archives: each is written anew in place, so that whoever reads it has the old one or
 * the new one whole. Names are those of the reports; several responders may write the same.
 */
export class ReportFiles implements Notifier {
  readonly channel = "report";
  readonly #options: ReportFilesOptions;

  constructor(options: ReportFilesOptions) {
    this.#options = options;
  }

  async deliver({ messages, incident }: Delivery, signal: AbortSignal): Promise<null> {
    const requests = new Map(messages.flatMap(reportsFor).map((each) => [JSON.stringify(each), each]));
    for (const request of requests.values()) {
      if (signal.aborted) throw new DeliveryError("unavailable", "reports: Rollguard is stopping");
      await this.#written(incident.application, request);
    }
    return null;
  }

  async test({ application, headline }: Incident): Promise<string> {
    const at = rfc3339(this.#options.clock.now());
    const text = `This is a test of Rollguard's reports, written at ${at}: nothing has happened.\n\n${headline}\n`;
    return await this.#guarded(() => this.#write(application, [{ name: "test.txt", text }]));
  }

  /**
   * The last 24 hours.
   * @param date of the day that it is for, as the policy's time zone has it: `2026-11-20`
   * @returns the path of the Markdown file
   * @throws DeliveryError
   */
  async writeDaily(application: string, date: string): Promise<string | null> {
    return await this.#written(application, { kind: "daily" }, `daily-${date}`);
  }

  /**
   * One day of a rollout.
   * @param day counted from 1
   * @returns the path of the Markdown file; null: there was no such day
   * @throws DeliveryError
   */
  async writeDay(application: string, rollout: string, day: number): Promise<string | null> {
    return await this.#written(application, { kind: "day", rollout, day });
  }

  async #written(application: string, request: ReportRequest, name?: string): Promise<string | null> {
    return await this.#guarded(async () => {
      const report = await this.#options.makeReport(application, request).catch((error: unknown) => {
        // What nobody remembers any more cannot be told, today or later.
        if (error instanceof NothingToReport) return null;
        throw error;
      });
      return report === null ? null : await this.#write(application, renderedFiles(report, FORMATS, name));
    });
  }

  /** @returns the path of the first file that is no picture */
  async #write(application: string, files: readonly { name: string; text: string }[]): Promise<string> {
    const directory = join(this.#options.directory, directoryOf(application));
    await mkdir(directory, { recursive: true });
    for (const { name, text } of files) await replaceFile(directory, name, text);
    const first = files.find(({ name }) => !name.endsWith(".svg"))?.name ?? "";
    return join(directory, first);
  }

  async #guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const { message, code } = error as NodeJS.ErrnoException;
      const isOfFiles = code !== undefined && /^E[A-Z]+$/.test(code);
      const what = isOfFiles ? "; see that the directory in ROLLGUARD_REPORTS can be written to" : "";
      throw new DeliveryError("unavailable", `reports: ${message}${what}`, { cause: error });
    }
  }
}

/** Names of applications are letters, digits, `.`, `_` and `-`; two of those lead elsewhere. */
function directoryOf(application: string): string {
  return /^\.+$/.test(application) ? application.replaceAll(".", "_") : application;
}

async function replaceFile(directory: string, name: string, text: string): Promise<void> {
  const unfinished = join(directory, `.${name}.${randomUUID()}.unfinished`);
  try {
    await writeFile(unfinished, text);
    await rename(unfinished, join(directory, name));
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}
