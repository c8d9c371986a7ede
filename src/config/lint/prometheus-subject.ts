import type { LintSubject } from "../../domain/lint/subject.ts";
import type { Duration } from "../../domain/time.ts";
import { didYouMean } from "../did-you-mean.ts";
import { durationAt, itemsAt } from "./raw-value.ts";
import { durationsIn } from "./rule-file-subject.ts";

/** Prometheus' own defaults. */
const INTERVAL: Duration = 60_000;
const TIMEOUT: Duration = 10_000;

/** What there is to check in a prometheus.yml: how often it reads, and how long it waits. */
export function prometheusSubject(raw: unknown): LintSubject {
  const interval = durationAt(raw, ["global", "scrape_interval"]) ?? INTERVAL;
  const timeout = durationAt(raw, ["global", "scrape_timeout"]);
  const jobs = itemsAt(raw, ["scrape_configs"]);
  const global = { value: (raw as { global?: Record<string, unknown> }).global ?? {}, path: ["global"] };
  return {
    kind: "rules",
    alerts: [],
    records: [],
    areRecordsComplete: true,
    queries: [],
    gates: [],
    judges: [],
    variants: [],
    verification: null,
    groups: [],
    scrapes: [
      { path: ["global", "scrape_timeout"], interval, timeout: timeout ?? Math.min(TIMEOUT, interval) },
      ...jobs.flatMap(({ value, path }) => {
        const own = durationAt(value, ["scrape_timeout"]);
        const every = durationAt(value, ["scrape_interval"]) ?? interval;
        // A timeout that is inherited is shortened by Prometheus itself.
        return own === undefined
          ? []
          : [{ path: [...path, "scrape_timeout"], interval: every, timeout: own }];
      }),
    ],
    durations: [
      ...durationsIn(global, ["scrape_interval", "scrape_timeout", "evaluation_interval"]),
      ...jobs.flatMap((job) => durationsIn(job, ["scrape_interval", "scrape_timeout"])),
    ],
    budget: null,
    panels: [],
    didYouMean,
  };
}
