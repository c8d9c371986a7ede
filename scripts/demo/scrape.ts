/** The raw numbers of one look at `/metrics`, by their series: `name` or `name{le="0.5"}`, summed over all variants. */
export interface Scrape {
  /** Epoch milliseconds. */
  readonly at: number;
  /** Null when the application did not answer. */
  readonly series: ReadonlyMap<string, number> | null;
}

/** The policy's metrics by their names; without those that cannot be known yet. */
export type Metrics = ReadonlyMap<string, number>;

/** Milliseconds. */
const PATIENCE = 1_000;
const VARIANT = /,?feature_flag_variant="[^"]*"|\{feature_flag_variant="[^"]*"\}/;
const BUCKET = /^genesis_request_duration_seconds_bucket\{le="([^"]+)"\}$/;

export async function scrape(url: string): Promise<Scrape> {
  const series = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(PATIENCE) })
    .then(async (answer) => parse(await answer.text()))
    .catch(() => null);
  return { at: Date.now(), series };
}

function parse(text: string): ReadonlyMap<string, number> {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  const series = new Map<string, number>();
  for (const line of lines) {
    const end = line.lastIndexOf(" ");
    const name = line.slice(0, end).replace(VARIANT, "");
    series.set(name, (series.get(name) ?? 0) + Number(line.slice(end + 1)));
  }
  return series;
}

/**
 * What the policy's recording rules make of two looks: percent and milliseconds, of what happened between them.
 * @param before some seconds older than `now`
 */
export function metricsOf(before: Scrape | undefined, now: Scrape): Metrics {
  const found = new Map([["up", now.series === null ? 0 : 1]]);
  if (now.series === null) return found;
  const keep = (name: string, value: number | undefined): void => {
    if (value !== undefined && Number.isFinite(value)) found.set(name, value);
  };
  const read = (name: string): number => now.series?.get(name) ?? Number.NaN;
  keep("test_pass_rate", (read("genesis_tests_passed") / read("genesis_tests_total")) * 100);
  const increases = before?.series ? increasesOf(before.series, now.series) : new Map<string, number>();
  const requests = increases.get("genesis_requests_total") ?? 0;
  keep("error_rate", ((increases.get("genesis_errors_total") ?? 0) / requests) * 100);
  keep("p95_latency", quantile(0.95, increases));
  keep("p99_latency", quantile(0.99, increases));
  return found;
}

function increasesOf(
  before: ReadonlyMap<string, number>,
  now: ReadonlyMap<string, number>,
): Map<string, number> {
  return new Map(
    [...now].map(([name, value]) => {
      const old = before.get(name) ?? 0;
      // A counter that is smaller than before began again at 0: the application was restarted.
      return [name, value < old ? value : value - old];
    }),
  );
}

/** As Prometheus' histogram_quantile: evenly spread within a bucket. In milliseconds. */
function quantile(share: number, increases: ReadonlyMap<string, number>): number | undefined {
  const buckets = [...increases].flatMap(([name, count]) => {
    const bound = BUCKET.exec(name)?.[1];
    if (bound === undefined) return [];
    return [{ bound: bound === "+Inf" ? Number.POSITIVE_INFINITY : Number(bound), count }];
  });
  buckets.sort((a, b) => a.bound - b.bound);
  const rank = (buckets.at(-1)?.count ?? 0) * share;
  if (rank === 0) return undefined;
  let lower = { bound: 0, count: 0 };
  for (const bucket of buckets) {
    if (bucket.count >= rank) {
      if (bucket.bound === Number.POSITIVE_INFINITY) return lower.bound * 1_000;
      const part = (rank - lower.count) / (bucket.count - lower.count);
      return (lower.bound + (bucket.bound - lower.bound) * part) * 1_000;
    }
    lower = bucket;
  }
  return undefined;
}
