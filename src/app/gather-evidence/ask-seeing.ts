import type { Deadline } from "../deadline.ts";
import type { MetricAnswer, MetricsSource } from "../ports.ts";

/** Two replicas behind one address take turns. */
const TRIES = 3;

/**
 * Asks for what should be there. Of several Prometheus behind one address one may have lost the target: one that sees it wins
 * over one that does not.
 */
export async function askSeeing(
  source: MetricsSource,
  expr: string,
  deadline: Deadline,
  isSeen: (answer: MetricAnswer) => boolean = hasSeries,
): Promise<MetricAnswer> {
  let answer = await askOnce(source, expr, deadline);
  for (let tries = 1; tries < TRIES && !isSeen(answer); tries += 1) {
    const other = await askOnce(source, expr, deadline);
    if (isSeen(other)) answer = other;
  }
  return answer;
}

export function askOnce(source: MetricsSource, expr: string, deadline: Deadline): Promise<MetricAnswer> {
  return deadline.run("Prometheus", () => source.query(expr));
}

function hasSeries({ values, nan = 0 }: MetricAnswer): boolean {
  return values.length + nan > 0;
}
