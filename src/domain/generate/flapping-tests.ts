import type { Duration } from "../time.ts";
import type { ThresholdProbe } from "./expression-probe.ts";
import {
  labelsOf,
  type Moment,
  quietAt,
  type RuleTest,
  type Subject,
  seriesText,
  stepsFor,
  type TestContext,
  testOf,
} from "./rule-test-file.ts";
import { isOver } from "./threshold-tests.ts";

/** Three of five scrapes fail, as of a process that crashes and is restarted all the time. */
const PATTERN = { length: 5, failed: 3 };

const MINUTES = 5 * 60_000;

/** What an alert on `up` makes of a target that flaps: it is the one that looks at instants which misses it. */
export function flappingTests(subject: Subject, probe: ThresholdProbe, context: TestContext): RuleTest[] {
  if (probe.selector.metric !== "up" || !["instant", "average"].includes(probe.reading)) return [];
  const { rule, wait } = subject;
  const { step, scrape } = context;
  const at = stepsFor(wait + probe.window + MINUTES, step) * step;
  const labels = labelsOf(probe.selector, context);
  const values = Array.from({ length: stepsFor(at, scrape) + 1 }, (_, index) => valueAt(index)).join(" ");
  const fires = hasHeld(at, wait, step, (time) => isOver(probe, readingAt(time, probe, scrape)));
  const firing: Moment = { at, firing: [labels], value: 0, isExact: false };
  const name = `${rule.alert} ${fires ? "fires for" : "misses"} a target that flaps`;
  const input = [{ series: seriesText("up", labels), values }];
  return [testOf(name, { every: scrape, input }, [{ subject, moments: [fires ? firing : quietAt(at)] }])];
}

function valueAt(index: number): number {
  return index % PATTERN.length < PATTERN.failed ? 0 : 1;
}

function readingAt(time: Duration, { reading, window }: ThresholdProbe, scrape: Duration): number {
  const last = Math.floor(time / scrape);
  if (reading === "instant") return valueAt(last);
  const first = Math.max(0, Math.ceil((time - window) / scrape));
  let sum = 0;
  for (let index = first; index <= last; index++) sum += valueAt(index);
  return sum / (last - first + 1);
}

/** Whether it has been so at every evaluation for a while. */
function hasHeld(at: Duration, wait: Duration, step: Duration, isSo: (time: Duration) => boolean): boolean {
  for (let time = at; time >= at - wait; time -= step) if (!isSo(time)) return false;
  return true;
}
