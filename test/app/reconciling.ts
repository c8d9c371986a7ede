import { Lanes } from "../../src/app/lanes.ts";
import { Policies } from "../../src/app/policies.ts";
import type { ActiveAlert, AlertSource } from "../../src/app/ports.ts";
import { Reconcile } from "../../src/app/reconcile.ts";
import type { AlertCommand } from "../../src/domain/command.ts";
import { RollguardError } from "../../src/domain/errors.ts";
import type { ApplicationState } from "../../src/domain/state.ts";
import { policyOf } from "../support/policies.ts";
import { storeAt } from "../support/store-with.ts";
import { type CountingStore, startCountingStore } from "./counting-store.ts";
import { alertsOf, firing } from "./evidence-sources.ts";
import { recorderOf } from "./recorders.ts";

export const SECOND = 1_000;
export const EVERY = 30 * SECOND;

export const tiers = { phase: { trafficCap: 30 }, "safe-state": { trafficCap: 0 } };
export const triggers = [
  { alert: "TestsFail", tier: "phase" as const },
  { alert: "ErrorsSpike", tier: "safe-state" as const },
];
export const shop = policyOf({ job: "web", tiers, triggers });
export const bank = policyOf({ application: "bank", tiers, triggers });

export let counting: CountingStore;
export let policies: Policies;
export let lanes: Lanes;
export let now: number;
let active: () => Promise<readonly ActiveAlert[]>;
export let matchers: (string | undefined)[];
export let counted: string[];
export let log: string[];

export async function beginReconciling(): Promise<void> {
  counting = await startCountingStore();
  now = 1_790_000_000_000;
  policies = new Policies([shop, bank]);
  lanes = new Lanes({ store: storeAt(counting.store, { now: () => now }), policies });
  matchers = [];
  counted = [];
  log = [];
  answers();
}

export function answering(ask: () => Promise<readonly ActiveAlert[]>): void {
  active = ask;
}

export const answers = (...alerts: readonly ActiveAlert[]): void => {
  active = async () => alerts;
};

export const isAway = (): void => {
  active = async () => {
    throw new RollguardError("source_unavailable", "Alertmanager does not answer");
  };
};

export const ours = (name: string, more: Partial<ActiveAlert> = {}, labels: Record<string, string> = {}) =>
  firing(name, { application: "shop", ...labels }, more);

export function reconcile(source: AlertSource | null = alertsOf(ask)): Reconcile {
  const at = (level: string) => (_fields: object, message: string) => void log.push(`${level}: ${message}`);
  return new Reconcile({
    policies,
    store: counting.store,
    lanes,
    clock: { now: () => now },
    recorder: recorderOf({
      reconciled: (outcome) => void counted.push(outcome),
      decided: (reason, tier) => void counted.push(`${reason} ${tier}`),
    }),
    logger: { debug() {}, info: at("info"), warn: at("warn"), error: at("error") },
    alerts: source,
    askWhyUnread: null,
  });
}

function ask(matcher?: string): Promise<readonly ActiveAlert[]> {
  matchers.push(matcher);
  return active();
}

/** As a webhook brings it. */
export async function receive(name: string, status: "firing" | "resolved" = "firing"): Promise<void> {
  const alert = {
    fingerprint: name,
    name,
    status,
    startsAt: now,
    application: "shop",
    job: null,
    labels: {},
  };
  await lanes.submit("shop", [{ type: "alert", alert, receivedAt: now } satisfies AlertCommand]);
}

export const stateOf = (application = "shop"): Promise<ApplicationState> => counting.store.read(application);

/** Each poll as long after the last one as they are. */
export async function poll(reconciling: Reconcile, times = 1): Promise<void> {
  for (let index = 0; index < times; index += 1) {
    await reconciling.poll();
    now += EVERY;
  }
}

export async function eventsOf(application = "shop"): Promise<string[]> {
  const events = await counting.store.events(application, { limit: 100 });
  return events.map(({ reason, actor, alert }) => `${reason} ${alert?.name} by ${actor}`);
}
