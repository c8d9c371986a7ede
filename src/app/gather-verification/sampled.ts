import type { VerifyEvidence } from "../../domain/verification.ts";
import type { Deadline } from "../deadline.ts";
import type { MetricsSource } from "../ports.ts";

/** What gives a time has a sample's; a stand-in's 0.05 is none. */
const A_TIME_AT_LEAST = 1_000_000_000;

/**
 * When the samples were taken that some expressions read: of each series the newest, of these the oldest, so that a later
 * time means that all of them are new. One question, whatever the expressions; both times are Prometheus' own.
 * @returns undefined where nothing that they read has a time
 * @throws RollguardError `source_unavailable`
 */
export async function sampledAt(
  source: MetricsSource,
  expressions: readonly string[],
  deadline: Deadline,
): Promise<VerifyEvidence["sampled"]> {
  const selectors = new Set(expressions.flatMap((expr) => source.selectorsIn(expr).map(({ text }) => text)));
  if (selectors.size === 0) return undefined;
  const newest = [...selectors].map((text, index) => named(`max(timestamp(${text}))`, String(index)));
  const question = `min(${newest.join(" or ")}) or ${named("vector(time())", "now")}`;
  const { values } = await deadline.run("Prometheus", () => source.query(question));
  const times = values.filter((value) => value >= A_TIME_AT_LEAST);
  if (times.length !== 2) return undefined;
  const [at, now] = [Math.min(...times), Math.max(...times)];
  return { at: Math.round(at * 1_000), age: Math.round((now - at) * 1_000) };
}

/** Series without labels would hide behind each other. */
function named(expr: string, name: string): string {
  return `label_replace(${expr}, "series", "${name}", "", "")`;
}
