import { type Document, isMap, isSeq, parseDocument } from "yaml";

export interface StackPolicyOptions {
  /** The flags as they are when the stack begins: percent of users, by key. */
  readonly turnedOn: ReadonlyMap<string, number>;
  /** `host:port` of each job that is scraped; the policy's other targets are left out. */
  readonly addresses: ReadonlyMap<string, string>;
  /** These alerts fire within seconds, on metrics of seconds; the others keep their own times. None: real times. */
  readonly quick: readonly string[];
  /** Where things are quick: until when a rollback may be without an effect before the next tier is tried. */
  readonly giveUpAfter?: string;
}

/** When a rollback counts as having helped, where things are quick. */
const QUICK_VERIFY = { startAfter: "1s", checkEvery: "1s", goodChecksInARow: 2, giveUpAfter: "20s" };

/** A rate needs two scrapes, and one may come late. */
const QUICK_WINDOW = "[4s]";

/**
 * A policy in its own words, for servers on one machine: what is generated from it differs from the shipped files
 * in addresses and times only. Nobody outside is told: of all ways to people only Slack is left, to be pointed
 * somewhere harmless.
 */
export function stackPolicy(text: string, options: StackPolicyOptions): string {
  const { turnedOn, addresses, quick, giveUpAfter = QUICK_VERIFY.giveUpAfter } = options;
  const document = parseDocument(text);
  for (const [key, percentage] of turnedOn) {
    document.setIn(["flags", key, "enabled"], true);
    document.setIn(["flags", key, "rolloutPercentage"], percentage);
  }
  const targets = [...addresses].map(([job, address]) => ({ job, address }));
  document.setIn(["scrape", "targets"], targets);
  for (const route of itemsOf(document, ["notifications", "routes"])) {
    document.deleteIn(["notifications", "routes", route, "pagerduty"]);
    document.deleteIn(["notifications", "routes", route, "email"]);
  }
  if (quick.length > 0) hasten(document, new Set(quick), giveUpAfter);
  return document.toString();
}

function hasten(document: Document, alerts: ReadonlySet<string>, giveUpAfter: string): void {
  for (const [key, value] of Object.entries({ ...QUICK_VERIFY, giveUpAfter }))
    document.setIn(["verify", key], value);
  for (const key of ["interval", "timeout", "evaluationInterval"]) document.setIn(["scrape", key], "1s");
  for (const metric of itemsOf(document, ["metrics"])) shortenWindows(document, ["metrics", metric, "expr"]);
  for (const alert of itemsOf(document, ["alerts"])) {
    if (!alerts.has(String(document.getIn(["alerts", alert, "alert"])))) continue;
    document.setIn(["alerts", alert, "for"], "1s");
    shortenWindows(document, ["alerts", alert, "expr"]);
  }
}

function shortenWindows(document: Document, path: (string | number)[]): void {
  const expr = String(document.getIn(path));
  document.setIn(path, expr.replaceAll(/\[\d+[smh]\]/g, QUICK_WINDOW));
}

/** The indexes of a list. */
function itemsOf(document: Document, path: string[]): number[] {
  const list = document.getIn(path);
  if (!isSeq(list) || !list.items.every((item) => isMap(item))) {
    throw new Error(`the policy has no list ${path.join(".")}`);
  }
  return list.items.map((_item, index) => index);
}
