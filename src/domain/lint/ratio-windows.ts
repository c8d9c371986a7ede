import { type Duration, parseDuration } from "../time.ts";
import { isCallOf, nodesOf, type Promql, type PromqlNode, selectorsIn } from "./promql.ts";
import type { RecordSubject } from "./subject.ts";

/** What grows over a range. */
const GROWTH = ["rate", "irate", "increase", "delta"];

/** The window of a metric that counts its requests. */
const COUNTED: Duration = 60_000;

/** Whether a value is a share of few or many alike: a ratio of counters, or a quantile. */
export function isShare(node: PromqlNode, records: readonly RecordSubject[]): boolean {
  const nodes = [...nodesOf(node)];
  if (nodes.some((each) => isGrowthRatio(each) || isCallOf(each, ["histogram_quantile"]))) return true;
  return recordsIn(nodes, records).some(
    ({ isCounted, expr }) => isCounted === true || (expr.node !== null && isShare(expr.node, [])),
  );
}

/** The longest window over which a counter's growth is looked at; 0 where it is at none. */
export function growthWindow(expr: Promql, records: readonly RecordSubject[]): Duration {
  if (expr.node === null) return 0;
  const nodes = [...nodesOf(expr.node)];
  const own = nodes.flatMap((node) => (isCallOf(node, GROWTH) ? [windowIn(expr.text, node)] : []));
  const recorded = recordsIn(nodes, records).map((record) =>
    record.isCounted === true ? COUNTED : growthWindow(record.expr, []),
  );
  return Math.max(0, ...own, ...recorded);
}

function isGrowthRatio(node: PromqlNode): boolean {
  return node.type === "binary" && node.op === "/" && grows(node.left) && grows(node.right);
}

function grows(node: PromqlNode): boolean {
  return [...nodesOf(node)].some((each) => isCallOf(each, GROWTH));
}

function recordsIn(nodes: readonly PromqlNode[], records: readonly RecordSubject[]): RecordSubject[] {
  const names = new Set(selectorsIn(nodes).map(({ metric }) => metric));
  return records.filter(({ name }) => names.has(name));
}

/** The range of a call's argument, as it is written. */
function windowIn(text: string, { span }: PromqlNode): Duration {
  const ranges = text.slice(span.from, span.to).matchAll(/\[\s*(\w+)\s*\]/g);
  const windows = [...ranges].map(([, range]) => parseDuration(String(range)));
  return Math.max(0, ...windows.filter((window) => typeof window === "number"));
}
