import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEmbeddedStore } from "../../../src/adapters/store/embedded/embedded-store.ts";
import { Lanes } from "../../../src/app/lanes.ts";
import { DeliverOutbox, type DeliverOutboxOptions } from "../../../src/app/notify/deliver-outbox.ts";
import type { Delivery, DeliveryError, Notifier } from "../../../src/app/notify/notifier.ts";
import type { Receipt } from "../../../src/app/outbox.ts";
import { Policies } from "../../../src/app/policies.ts";
import type { Logger, StateStore } from "../../../src/app/ports.ts";
import type { Alert } from "../../../src/domain/alert.ts";
import type { Channel } from "../../../src/domain/message.ts";
import { OCCASIONS } from "../../../src/domain/notify/occasion.ts";
import type { Policy } from "../../../src/domain/policy.ts";
import { running } from "../../support/rollback-simulator.ts";
import { storeAt } from "../../support/store-with.ts";
import { recorderOf } from "../recorders.ts";

/** A way to people that keeps what it was given, and fails or hangs when it is told to. */
export class LetterBox implements Notifier {
  readonly channel: Channel;
  readonly delivered: Delivery[] = [];
  tried = 0;
  error: DeliveryError | Error | null = null;
  /** Held while this is there. */
  held: Promise<void> | null = null;
  #onDelivery: (() => void)[] = [];

  constructor(channel: Channel) {
    this.channel = channel;
  }

  async deliver(delivery: Delivery, signal: AbortSignal): Promise<Receipt> {
    this.tried += 1;
    if (this.held !== null) {
      const ended = new Promise<never>((_, reject) =>
        signal.addEventListener("abort", () => reject(new Error("ended"))),
      );
      await Promise.race([this.held, ended]);
    }
    if (this.error !== null) throw this.error;
    this.delivered.push(delivery);
    for (const call of this.#onDelivery.splice(0)) call();
    return {
      letters: Number(delivery.receipt?.letters ?? 0) + delivery.messages.length,
      lastAt: delivery.messages[0].at,
    };
  }

  async test(): Promise<string> {
    return this.channel;
  }

  /** What each delivery told, as `subject: kind kind`. */
  get told(): string[] {
    return this.delivered.map(({ messages }) => messages.map(({ kind }) => kind).join(" "));
  }
}

const everywhere: Policy = {
  ...running,
  notifications: {
    ...running.notifications,
    stakeholders: { ...running.notifications.stakeholders, to: ["ceo@example.org"] },
    routes: OCCASIONS.map((on) => ({
      on,
      slack: true,
      slackChannel: null,
      pagerduty: "error",
      email: "now",
      webhook: false,
    })),
  },
};

type More = Partial<Pick<DeliverOutboxOptions, "backoff" | "clock" | "deadAfter" | "lookEvery">>;

/** A shop with an outbox on a real embedded store, and those who bring its messages to people. */
export class PostOffice {
  readonly store: StateStore;
  readonly boxes = new Map<Channel, LetterBox>();
  readonly log: { level: string; message: string; fields: object }[] = [];
  readonly counted: string[] = [];
  now = Date.now();
  readonly #directory = mkdtempSync(join(tmpdir(), "rollguard-post-"));
  readonly #policies: Policies;
  readonly #lanes: Lanes;
  readonly #carriers: DeliverOutbox[] = [];

  constructor(channels: readonly Channel[] = ["slack"], policy: Policy = everywhere) {
    this.store = createEmbeddedStore({
      directory: this.#directory,
      observer: { lockWaited() {}, transacted() {}, conflicted() {} },
    });
    this.#policies = new Policies([policy]);
    for (const channel of channels) this.boxes.set(channel, new LetterBox(channel));
    this.#lanes = new Lanes({
      store: storeAt(this.store, { now: () => this.now }),
      policies: this.#policies,
      channels: new Set(channels),
      committed: (application) => {
        for (const carrier of this.#carriers) carrier.wake(application);
      },
    });
  }

  box(channel: Channel = "slack"): LetterBox {
    const box = this.boxes.get(channel);
    if (box === undefined) throw new Error(`there is no ${channel}`);
    return box;
  }

  /** Another responder begins to deliver. */
  open(more: More = {}): DeliverOutbox {
    const carrier = new DeliverOutbox({
      policies: this.#policies,
      store: this.store,
      clock: { now: () => Date.now() },
      recorder: recorderOf({
        notified: (channel, outcome) => void this.counted.push(`${channel} ${outcome}`),
      }),
      logger: this.#logger(),
      notifiers: this.boxes,
      production: false,
      externalUrl: null,
      backoff: () => 5,
      lookEvery: 20,
      ...more,
    });
    this.#carriers.push(carrier);
    carrier.start();
    return carrier;
  }

  async fires(name: string, more: Partial<Alert> = {}): Promise<void> {
    await this.#lanes.submit("shop", [{ type: "alert", alert: { ...alertOf(name, this.now), ...more } }]);
  }

  async resolves(name: string): Promise<void> {
    await this.fires(name, { status: "resolved" });
  }

  /** Closes what is open. */
  async acknowledges(): Promise<void> {
    const { rollback } = await this.store.read("shop");
    const told = { actor: "mia", reason: "understood", expected: null, force: true };
    await this.#lanes.submit("shop", [{ type: "acknowledge", rollback: rollback?.id ?? "none", ...told }]);
  }

  async close(): Promise<void> {
    await Promise.all(this.#carriers.map((carrier) => carrier.stop()));
    await this.store.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #logger(): Logger {
    const at = (level: string) => (fields: object, message: string) => {
      this.log.push({ level, message, fields });
    };
    return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
  }
}

function alertOf(name: string, startsAt: number): Alert {
  const labels = { alertname: name };
  return { fingerprint: name, name, status: "firing", startsAt, application: "shop", job: null, labels };
}
