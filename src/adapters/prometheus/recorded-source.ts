import type { RecordedMetric, RecordedSource } from "../../app/gather-evidence/recorded-source.ts";
import { inParallel } from "../../app/in-parallel.ts";
import type { MetricAnswer } from "../../app/ports.ts";
import type { Duration } from "../../domain/time.ts";
import type { PrometheusApi } from "./prometheus-source.ts";
import { instantVector } from "./raw-answer.ts";
import { matcher } from "./raw-selector.ts";

/** Metrics of one question. Each is one series, as a rule: a megabyte of answer. */
const IN_ONE = 6_000;
const AT_ONCE = 4;
/** It saves many questions; where it does not, those can still be asked in time. */
const PATIENCE = { timeout: 2_000, attempts: 1 };

/** Reads what rules have recorded for many applications in one question. Their label and the name tell the series apart. */
export function createRecordedSource(api: Pick<PrometheusApi, "post">): RecordedSource {
  return {
    async recorded(asked, within) {
      const pieces = Array.from({ length: Math.ceil(asked.length / IN_ONE) }, (_, piece) =>
        asked.slice(piece * IN_ONE, (piece + 1) * IN_ONE),
      );
      const answers = await inParallel(pieces, AT_ONCE, async (piece): Promise<MetricAnswer[]> => {
        const query = questionFor(piece, within);
        const { series, warnings } = await api.post(
          "/api/v1/query",
          [["query", query]],
          instantVector,
          PATIENCE,
        );
        const found = new Map<string, number[]>();
        for (const { labels, value } of series) {
          const key = keyOf({ metric: labels.__name__ ?? "", application: labels.application ?? "" });
          const values = found.get(key);
          if (values === undefined) found.set(key, [value]);
          else values.push(value);
        }
        return piece.map((each) => {
          const all = found.get(keyOf(each)) ?? [];
          const values = all.filter((value) => !Number.isNaN(value));
          return { values, nan: all.length - values.length, warnings };
        });
      });
      return answers.flat();
    },
  };
}

/**
 * What has ended is in the range still, and not in the vector; what is recorded no more is in the vector still, and not in the
 * range. Both have to have it, under the same name, which a set operator leaves out of account.
 */
function questionFor(asked: readonly RecordedMetric[], within: Duration): string {
  const names = matcher(
    "__name__",
    asked.map(({ metric }) => metric),
  );
  const applications = matcher(
    "application",
    asked.map(({ application }) => application),
  );
  const all = `{${names},${applications}}`;
  const named = (expr: string): string =>
    `label_replace(${expr}, "rollguard_metric", "$1", "__name__", "(.*)")`;
  return `${named(all)} and ${named(`last_over_time(${all}[${within}ms])`)}`;
}

function keyOf({ metric, application }: RecordedMetric): string {
  return `${application}\0${metric}`;
}
