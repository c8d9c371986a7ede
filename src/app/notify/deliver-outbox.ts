import type { Channel, Message } from "../../domain/message.ts";
import type { Policy } from "../../domain/policy.ts";
import type { Duration, Instant } from "../../domain/time.ts";
import type { ClaimedMessage, Receipt } from "../outbox.ts";
import type { Policies } from "../policies.ts";
import type { Clock, Logger, Recorder, StateStore } from "../ports.ts";
import { eventsOfRollback } from "../rollback-events.ts";
import { backoff } from "./backoff.ts";
import type { Incident } from "./incident.ts";
import { type IncidentParts, incidentOf, rollbackOf } from "./incident-of.ts";
import { type Delivery, DeliveryError, type Notifier } from "./notifier.ts";
import { untilStakeholdersAreDue } from "./stakeholders-due.ts";

export interface DeliverOutboxOptions {
  readonly policies: Policies;
  readonly store: Pick<StateStore, "read" | "events" | "outbox">;
  readonly clock: Clock;
  readonly recorder: Pick<Recorder, "notified">;
  readonly logger: Logger;
  readonly notifiers: ReadonlyMap<Channel, Notifier>;
  readonly production: boolean;
  readonly externalUrl: string | null;
  /** From 0 to below 1; spreads what is tried again. */
  readonly random?: () => number;
  /** How long until what failed is tried again. */
  readonly backoff?: typeof backoff;
  /** What could not be delivered for so long is a dead letter. */
  readonly deadAfter?: Duration;
  /** How often each outbox is looked into for what somebody else has left, in milliseconds. */
  readonly lookEvery?: Duration;
}

/** Longer than a delivery may take, so that two never deliver the same at once. */
const LEASE: Duration = 30_000;
const GIVE_UP_AFTER: Duration = 25_000;
const LOOK_EVERY: Duration = 10_000;
/** A report is made of the whole rollback, and of more by then: alerts that come now must not wait for it. */
const REPORTS_WAIT: Duration = 5_000;
/** Lanes of one application and one channel that are delivered at the same time, or one claim more. */
const AT_ONCE = 5;
const DEAD_AFTER: Duration = 24 * 3_600_000;

/**
 * Brings messages to people: at least once, in their order within a lane, and never in the way of a rollback. Any number of
 * responders share it, since each claims what it delivers.
 */
export class DeliverOutbox {
  readonly #options: DeliverOutboxOptions;
  /** Outboxes that are being looked into. */
  readonly #looking = new Map<string, Promise<void>>();
  /** Deliveries that are under way: a service that hangs holds up its own lane only. */
  readonly #delivering = new Set<Promise<void>>();
  /** How many of them there are, by application and channel. */
  readonly #busy = new Map<string, number>();
  /** Applications that were woken while they were being looked at. */
  readonly #again = new Set<string>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #failing = new Set<string>();
  readonly #stopping = new AbortController();
  #sweep: NodeJS.Timeout | undefined;

  constructor(options: DeliverOutboxOptions) {
    this.#options = options;
  }

  start(): void {
    const { lookEvery = LOOK_EVERY } = this.#options;
    const all = (): void => {
      for (const { application } of this.#options.policies.all()) this.wake(application.name);
    };
    all();
    this.#sweep = setInterval(all, lookEvery);
  }

  /** There may be something to deliver. */
  wake(application: string): void {
    if (this.#stopping.signal.aborted) return;
    if (this.#looking.has(application)) this.#again.add(application);
    else void this.#look(application);
  }

  /** Claims nothing more, ends what is under way, and resolves when nothing is. */
  async stop(): Promise<void> {
    clearInterval(this.#sweep);
    for (const timer of this.#timers) clearTimeout(timer);
    this.#stopping.abort();
    await Promise.all(this.#looking.values());
    await Promise.all(this.#delivering);
  }

  async #look(application: string): Promise<void> {
    const look = this.#claim(application).finally(() => this.#looking.delete(application));
    this.#looking.set(application, look);
    await look;
    if (this.#again.delete(application)) this.wake(application);
  }

  /**
   * Never rejects: what is left is looked for again. What somebody else has the settings for is left to them, and a channel
   * that has enough to do gets nothing more, so that it keeps no other one waiting.
   */
  async #claim(application: string): Promise<void> {
    const channels = [...this.#options.notifiers.keys()].filter(
      (channel) => (this.#busy.get(`${application} ${channel}`) ?? 0) < AT_ONCE,
    );
    if (channels.length === 0) return;
    await this.#guarded(application, async () => {
      const request = { lease: LEASE, limit: AT_ONCE, channels };
      for (const claimed of await this.#options.store.outbox.claim(application, request))
        this.#begin(application, claimed);
    });
  }

  #begin(application: string, claimed: ClaimedMessage): void {
    const lane = `${application} ${claimed.message.channel}`;
    this.#busy.set(lane, (this.#busy.get(lane) ?? 0) + 1);
    const delivery = this.#guarded(application, () => this.#deliver(application, claimed)).then(() => {
      const left = (this.#busy.get(lane) ?? 1) - 1;
      if (left > 0) this.#busy.set(lane, left);
      else this.#busy.delete(lane);
      this.#delivering.delete(delivery);
      this.wake(application);
    });
    this.#delivering.add(delivery);
  }

  async #guarded(application: string, work: () => Promise<void>): Promise<void> {
    const { logger } = this.#options;
    try {
      await work();
      if (this.#failing.delete(application)) logger.info({ application }, "the outbox is there again");
    } catch (error) {
      // Said once: the store tells of its own state. What was claimed is free again when its lease has run out.
      if (!this.#failing.has(application))
        logger.warn({ application, err: error }, "the outbox cannot be looked into; it is tried again");
      this.#failing.add(application);
    }
  }

  async #deliver(application: string, claimed: ClaimedMessage): Promise<void> {
    const { store, policies, notifiers } = this.#options;
    const { outbox } = store;
    const { message, later } = claimed;
    const policy = policies.get(application);
    const notifier = message.channel === undefined ? undefined : notifiers.get(message.channel);
    // What was written before there were channels.
    if (notifier === undefined || policy === undefined) return void (await outbox.done(application, claimed));
    const messages: [Message, ...Message[]] = [message, ...later.map((one) => one.message)];
    const merged = later.map(({ id }) => id);
    const calm = message.at + REPORTS_WAIT - this.#options.clock.now(application);
    // A clock that was set back makes no report wait for long.
    if (message.channel === "report" && calm > 0 && calm <= REPORTS_WAIT)
      return await this.#later(application, claimed, calm);
    const state = await store.read(application);
    const rollback = rollbackOf(state, message.subject);
    if (message.channel === "stakeholders") {
      if (rollback === null) return void (await outbox.done(application, claimed, { merged }));
      const wait = untilStakeholdersAreDue(
        rollback,
        claimed.receipt,
        policy.notifications.stakeholders,
        this.#options.clock.now(application),
      );
      if (wait > 0) return await this.#later(application, claimed, wait);
    }
    const events = rollback === null ? [] : await eventsOfRollback(store, application, state, rollback);
    const { production, externalUrl } = this.#options;
    const parts = { policy, state, events, messages, production, externalUrl };
    await this.#send(application, notifier, claimed, parts, merged, policy);
  }

  async #send(
    application: string,
    notifier: Notifier,
    claimed: ClaimedMessage,
    parts: IncidentParts,
    merged: readonly string[],
    policy: Policy,
  ): Promise<void> {
    const { store, recorder } = this.#options;
    const tried = await this.#tried(notifier, (): Delivery => {
      const { receipt, attempt } = claimed;
      const { messages } = parts;
      return { id: `${application}/${claimed.id}`, messages, incident: incidentOf(parts), receipt, attempt };
    });
    if (tried instanceof DeliveryError) return await this.#failed(application, notifier, claimed, tried);
    recorder.notified(notifier.channel, "delivered");
    const { receipt, incident } = tried;
    if (notifier.channel === "stakeholders" && incident.endedAt === null) {
      const { every } = policy.notifications.stakeholders;
      return await this.#later(application, claimed, Math.min(every, LOOK_EVERY), receipt);
    }
    const isForgotten = isOver(incident);
    await store.outbox.done(application, claimed, { merged, receipt: isForgotten ? null : receipt });
  }

  async #tried(notifier: Notifier, write: () => Delivery): Promise<Sent | DeliveryError> {
    const timeout = AbortSignal.timeout(GIVE_UP_AFTER);
    try {
      const delivery = write();
      const receipt = await notifier.deliver(delivery, AbortSignal.any([this.#stopping.signal, timeout]));
      return { receipt, incident: delivery.incident };
    } catch (error) {
      if (error instanceof DeliveryError) return error;
      // A mistake of ours: it must not hold up what comes behind it for ever, and is a dead letter in time.
      const { name } = error as Error;
      this.#options.logger.error({ channel: notifier.channel, err: error }, "a message could not be written");
      return new DeliveryError("refused", `it could not be written (${name}); the log tells more`);
    }
  }

  async #failed(
    application: string,
    notifier: Notifier,
    claimed: ClaimedMessage,
    error: DeliveryError,
  ): Promise<void> {
    const { store, clock, recorder, logger, random = Math.random } = this.#options;
    const { deadAfter = DEAD_AFTER, backoff: wait = backoff } = this.#options;
    const { channel } = notifier;
    const told = {
      application,
      channel,
      subject: claimed.message.subject,
      id: claimed.id,
      why: error.message,
    };
    // Cut off because we stop, it may have arrived all the same: whoever tries again has to know that.
    if (this.#stopping.signal.aborted)
      return void (await store.outbox.failed(application, claimed, 0, {
        why: "Rollguard was stopped meanwhile",
      }));
    if (isDead(claimed, clock.now(application) - deadAfter)) {
      recorder.notified(channel, "dead");
      logger.error(told, "a message was given up after a day: rollguard outbox list");
      return void (await store.outbox.bury(application, claimed, error.message));
    }
    recorder.notified(channel, error.kind === "refused" ? "refused" : "failed");
    const retryIn = wait(error, claimed.attempt, random());
    const level = claimed.attempt === 1 || error.kind === "refused" ? "warn" : "debug";
    logger[level]({ ...told, attempt: claimed.attempt, retryIn }, "a message could not be delivered");
    await store.outbox.failed(application, claimed, retryIn, { why: error.message });
    this.#wakeIn(application, retryIn);
  }

  async #later(
    application: string,
    claimed: ClaimedMessage,
    wait: Duration,
    receipt?: Receipt | null,
  ): Promise<void> {
    const delivered = receipt === undefined ? {} : { receipt };
    await this.#options.store.outbox.failed(application, claimed, wait, delivered);
    this.#wakeIn(application, wait);
  }

  #wakeIn(application: string, wait: Duration): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.wake(application);
    }, wait);
    timer.unref();
    this.#timers.add(timer);
  }
}

interface Sent {
  readonly receipt: Receipt | null;
  readonly incident: Incident;
}

function isDead({ failingSince }: ClaimedMessage, before: Instant): boolean {
  return failingSince !== null && failingSince <= before;
}

/** Notices have no end of their own: the same subject may come again, as another one. */
function isOver({ kind, status }: Incident): boolean {
  return kind === "notice" && status === "ended";
}
