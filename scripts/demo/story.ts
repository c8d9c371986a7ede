import { setTimeout as delay } from "node:timers/promises";
import { FAULTS, type Fault, type FaultName } from "../../examples/genesis/faults.ts";
import type { Seen } from "../../examples/genesis/load.ts";
import type { ApplicationView } from "../../src/app/describe-application.ts";
import type { EventView } from "../../src/app/describe-event.ts";
import type { RollbackTimeline } from "../../src/app/describe-rollback.ts";
import { until } from "../../test/support/until.ts";
import { PLAN, RAISED } from "./demo-policy.ts";
import type { PolicyAlert } from "./monitoring.ts";
import type { Narrator } from "./narrator.ts";
import { describeSeen, describeTurnedDown, listed, milliseconds } from "./words.ts";
import { APPLICATION, type World } from "./world.ts";

export interface StoryOptions {
  readonly world: World;
  readonly narrator: Narrator;
  readonly fault: FaultName;
  /** With Prometheus and Alertmanager, or with what is built in. */
  readonly real: boolean;
}

/** The alert that each fault fires. */
const ALERTS: Readonly<Record<FaultName, string>> = {
  errors: "ErrorRateSpike",
  latency: "LatencyExtreme",
  tests: "TestPassRateCritical",
  crash: "ServiceDown",
};
/** Milliseconds that users are watched before they are told of. */
const WATCHED = 3_000;
/** Milliseconds that a step may take before the demo gives up. */
const PATIENCE = 40_000;
/** Milliseconds of requests, and how many of them are enough to say that a feature is gone. */
const RECENT = 2_000;
const ENOUGH = 20;

/** The whole closed loop, told as it happens. @throws Error when it does not close */
export class Story {
  readonly #world: World;
  readonly #narrator: Narrator;
  readonly #real: boolean;
  readonly #name: FaultName;
  readonly #fault: Fault;
  readonly #alert: PolicyAlert;

  constructor({ world, narrator, fault, real }: StoryOptions) {
    this.#world = world;
    this.#narrator = narrator;
    this.#real = real;
    this.#name = fault;
    this.#fault = FAULTS[fault];
    const alert = world.alerts.find((one) => one.alert === ALERTS[fault]);
    if (alert === undefined) throw new Error(`the policy has no alert ${ALERTS[fault]}`);
    this.#alert = alert;
  }

  async run(): Promise<void> {
    await this.#before();
    await this.#raise();
    const brokenAt = await this.#breakIt();
    const event = await this.#rolledBack();
    await this.#recovers();
    const timeline = await this.#proof(event.rollback ?? "");
    this.#whatIsLeft(timeline, Date.parse(event.at) - brokenAt);
  }

  async #before(): Promise<void> {
    const { rollguard, genesis, monitoring } = this.#world;
    const { act, tell } = this.#narrator;
    act("Before: everything new is off");
    tell("Rollguard", `keeps the flags of ${APPLICATION}, at ${rollguard.url}`);
    tell(
      "Genesis",
      `a small web service at ${genesis.url}\nIt asks Rollguard for each user's flags, through OpenFeature`,
    );
    await this.#reach("sight of a healthy application", () => monitoring.seesEverything(), Boolean);
    await this.#tellUsers();
  }

  async #raise(): Promise<void> {
    const { act, tell } = this.#narrator;
    const { features, percentage, traffic } = RAISED;
    if (this.#real) {
      act("A deploy: the new system, for more and more users");
      await this.#reach(
        "preflight",
        () => this.#world.rollguard.command(APPLICATION, "preflight"),
        (seen) => seen.body.ok === true,
      );
      await this.#command("deploy", "--plan", PLAN, "--reason", "release 12");
      tell("Rollguard", "stage 1 of 2: 30 % of the users; it looks at the metrics every second");
      await this.#reach(
        "the second stage",
        () => this.#application(),
        (seen) => seen.traffic === traffic,
      );
      tell("Rollguard", "stage 1 is promoted: error rate, latency and tests are green");
    } else {
      act("A person raises the flags: without Prometheus Rollguard has no evidence to deploy on");
      const file = await this.#world.writeTemporary("raised.json", JSON.stringify(await this.#raised()));
      await this.#command("flags", "restore", file, "--reason", "release 12");
    }
    tell(
      "Rollguard",
      `now ${traffic} % of the users are on the new system, and each new feature is on for ${percentage} %:\n${listed(features)}`,
    );
    await this.#tellUsers();
  }

  /** Returns when, in epoch milliseconds. */
  async #breakIt(): Promise<number> {
    const { genesis, monitoring } = this.#world;
    const { act, tell } = this.#narrator;
    const { feature, description } = this.#fault;
    act("A fault, in one of the new features");
    tell("Genesis", `from now on ${description}.\nIt hits users for whom ${feature} is on, and nobody else`);
    const brokenAt = Date.now();
    await genesis.injectFault(this.#name);
    const judge = this.#real ? "Prometheus" : "Built-in";
    const { alert, expr } = this.#alert;
    await this.#reach(
      `the alert ${alert}`,
      () => monitoring.stateOf(alert),
      (state) => state !== "inactive",
    );
    tell(judge, `${alert} is pending: ${expr} is true, and has to stay so for ${this.#alert.for}`);
    // On a busy machine the first answers may still be on their way to users.
    await this.#reach(
      "users who meet the fault",
      () => this.#world.load.seenSince(brokenAt),
      ({ failed }) => this.#name !== "errors" || failed > 0,
    );
    this.#tellSeen(brokenAt);
    await this.#reach(
      "the alert to fire",
      () => monitoring.stateOf(alert),
      (state) => state === "firing",
    );
    tell(judge, `${alert} fires`);
    return brokenAt;
  }

  async #rolledBack(): Promise<EventView> {
    const { rollguard } = this.#world;
    const { act, tell } = this.#narrator;
    act("The rollback");
    const { alert } = this.#alert;
    const events = await this.#reach(
      "the rollback",
      () => rollguard.events(APPLICATION),
      (all) => all.some((event) => event.alert?.name === alert && event.reason === "rolled_back"),
    );
    const event = events.find(({ reason }) => reason === "rolled_back") as EventView;
    const sender = this.#real ? "Alertmanager" : "Built-in";
    tell(sender, "posts the alert to Rollguard, and is answered 200: the flags are off");
    const sinceAlert = Date.parse(event.at) - Date.parse(event.alert?.startsAt ?? event.at);
    tell(
      "Rollguard",
      `${event.rollback}, of the tier "${event.tier}", ${sinceAlert} ms after the alert began to fire:\n${describeTurnedDown(event)}`,
    );
    if (event.rollout !== null)
      tell(
        "Rollguard",
        `the rollout "${event.rollout.plan}" has ended: ${event.rollout.status.replace("_", " ")}`,
      );
    return event;
  }

  async #recovers(): Promise<void> {
    const { load } = this.#world;
    const { act, tell } = this.#narrator;
    const { feature } = this.#fault;
    act("The application recovers: nobody has mended anything in it");
    const from = Date.now();
    const seen = await this.#reach(
      "users without the feature",
      // What has crashed needs a moment to start again, so early failures are forgotten.
      () => load.seenSince(Math.max(from, Date.now() - RECENT)),
      ({ requests, failed, met }) => requests >= ENOUGH && failed === 0 && !met.has(feature),
    );
    tell(
      "Genesis",
      `OpenFeature says that ${feature} is false: none of ${seen.requests} requests met it, and none failed`,
    );
    await this.#tellUsers();
  }

  async #proof(id: string): Promise<RollbackTimeline> {
    const { rollguard } = this.#world;
    const { act, tell } = this.#narrator;
    const timeline = (): Promise<RollbackTimeline> => rollguard.timeline(APPLICATION, id);
    act("Did it help?");
    if (this.#real) {
      await this.#reach("the verification", timeline, ({ verifiedAt }) => verifiedAt !== null);
      tell("Rollguard", "verified: it asked Prometheus three times in a row, and all was well");
    } else {
      const { status } = await this.#reach(
        "the end of the verification",
        timeline,
        (seen) => seen.status === "unverified",
      );
      tell(
        "Rollguard",
        `${status}: nobody can be asked whether it has helped, so that is for a person to say`,
      );
    }
    await this.#reach(
      "the end of the alert",
      () => this.#application(),
      ({ alerts }) => alerts.length === 0,
    );
    tell(
      this.#real ? "Alertmanager" : "Built-in",
      `${this.#alert.alert} has resolved. That turns nothing on again`,
    );
    if (!this.#real) {
      const seen = (): Seen => this.#world.load.seenSince(Date.now() - WATCHED);
      await this.#reach("users without errors", seen, ({ failed }) => failed === 0);
      await this.#command("acknowledge", id, "--reason", "I have looked: users are well again");
    }
    const ended = await this.#reach("the end of the rollback", timeline, ({ open }) => !open);
    tell("Rollguard", `${id} has ended`);
    return ended;
  }

  #whatIsLeft({ durations }: RollbackTimeline, toRollback: number): void {
    const { act, note } = this.#narrator;
    act("What is left for a person");
    note("What was rolled back stays off until somebody says that its cause is mended:", "");
    if (this.#real) note('  rollguard retry --acknowledge --reason "the cause is mended"');
    else note('  rollguard flags restore raised.json --reason "the cause is mended"');
    const stored = milliseconds(durations.decided, durations.committed);
    const verified = this.#real ? `; verified ${durations.verified?.toFixed(1)} s later` : "";
    const after = `${(toRollback / 1_000).toFixed(1)} s after the fault began`;
    act(`The loop is closed: rolled back ${after}, ${stored} after the webhook came${verified}.`);
  }

  /** As `rollguard flags backup` writes it, with the new system and its features raised. */
  async #raised(): Promise<object> {
    const { flags, ...view } = await this.#application();
    const raise = (key: string, rolloutPercentage: number): object => ({
      key,
      enabled: true,
      rolloutPercentage,
    });
    return {
      application: view.application,
      flags: flags.map(({ key, enabled, rolloutPercentage }) => {
        if (key === "phase_4_deployment") return raise(key, RAISED.traffic);
        if (RAISED.features.includes(key)) return raise(key, RAISED.percentage);
        return { key, enabled, rolloutPercentage };
      }),
    };
  }

  #application(): Promise<ApplicationView> {
    return this.#world.rollguard.application(APPLICATION);
  }

  /** Runs it as a person would, and shows how. */
  async #command(...args: readonly string[]): Promise<void> {
    const shown = args.map((arg) => (arg.includes(" ") ? `"${arg}"` : arg.split("/").at(-1)));
    this.#narrator.tell("you", `$ rollguard ${shown.join(" ")}`);
    await this.#world.rollguardCommand(...args);
  }

  async #tellUsers(): Promise<void> {
    const from = Date.now();
    await delay(WATCHED);
    this.#tellSeen(from);
  }

  #tellSeen(from: number): void {
    const { load } = this.#world;
    this.#narrator.tell("users", describeSeen(load.seenSince(from), this.#fault.feature));
  }

  #reach<T>(what: string, read: () => Promise<T> | T, accept: (value: T) => boolean): Promise<T> {
    return until(what, read, accept, { within: PATIENCE, every: 100, onFailure: () => this.#world.report() });
  }
}
