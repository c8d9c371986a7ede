import { ordinary, trigger, webhookBody } from "./alerts.ts";
import { CONNECTIONS, type Load } from "./load.ts";

export interface Scenario extends Load {
  readonly name: string;
  /** Posted to Rollguard before the clock starts. */
  readonly before: readonly Buffer[];
  /** Ends the rollback once the clock has stopped, so that each round starts from the same state. */
  readonly after: readonly Buffer[];
  /** How much Rollguard's revision must grow under the load: one for each decision that changes something. */
  readonly growth: number;
  /** The least ratio to the usual way that we ask of Rollguard. */
  readonly target: number;
  /** Whether p99 has to stay below its target; 16 bodies of half a megabyte at once cannot. */
  readonly judgesLatency: boolean;
}

const GROUP = 1_000;

/** @param scale 1, or less for a shorter run */
export function scenarios(scale: number): readonly Scenario[] {
  // A rollback keeps track of 10,000 alerts; one that it only counts would be less work.
  const short = CONNECTIONS * Math.round(500 * scale);
  // Even for each connection, because firing and resolved take turns.
  const long = 2 * CONNECTIONS * Math.round(15 * scale);
  return [newAlerts(short), duplicates(short), thousand(long)];
}

/** Each request brings an alert that was never seen before: one begins the rollback, the others join it. */
function newAlerts(amount: number): Scenario {
  const machines = range(amount);
  const each = amount / CONNECTIONS;
  return {
    name: "new alert",
    bodies: range(CONNECTIONS).map((connection) =>
      machines
        .slice(connection * each, (connection + 1) * each)
        .map((machine) => webhookBody([trigger(machine, "firing")])),
    ),
    amount,
    before: [],
    after: groups(machines).map((group) => webhookBody(group.map((machine) => trigger(machine, "resolved")))),
    growth: amount,
    target: 0.9,
    judgesLatency: true,
  };
}

/** The same body again and again, as Alertmanager repeats it. */
function duplicates(amount: number): Scenario {
  const body = webhookBody([trigger(0, "firing")]);
  return {
    name: "duplicate",
    bodies: range(CONNECTIONS).map(() => [body]),
    amount,
    before: [body],
    after: [webhookBody([trigger(0, "resolved")])],
    growth: 0,
    target: 0.9,
    judgesLatency: true,
  };
}

/**
 * One trigger among 999 other alerts. On each connection it fires and resolves in turns, so that every request
 * changes the state.
 */
function thousand(amount: number): Scenario {
  const others = range(GROUP - 1).map(ordinary);
  const body = (machine: number, status: "firing" | "resolved"): Buffer =>
    webhookBody([...others.slice(0, GROUP / 2), trigger(machine, status), ...others.slice(GROUP / 2)]);
  return {
    name: "1,000 alerts",
    bodies: range(CONNECTIONS).map((machine) => [body(machine, "firing"), body(machine, "resolved")]),
    amount,
    before: [],
    after: [],
    growth: amount,
    target: 0.7,
    judgesLatency: false,
  };
}

function range(length: number): number[] {
  return Array.from({ length }, (_, index) => index);
}

function groups(machines: readonly number[]): number[][] {
  return range(Math.ceil(machines.length / GROUP)).map((group) =>
    machines.slice(group * GROUP, (group + 1) * GROUP),
  );
}
