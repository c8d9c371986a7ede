import type { Command } from "../domain/command.ts";
import { type Decisions, decideAll, type NumberedDecision } from "../domain/decide.ts";
import type { EventBody } from "../domain/event.ts";
import type { Channel, Message } from "../domain/message.ts";
import { routeMessage } from "../domain/notify/route-message.ts";
import type { Policy } from "../domain/policy.ts";
import type { ApplicationState } from "../domain/state.ts";
import type { Instant } from "../domain/time.ts";
import type { StateStore } from "./ports.ts";

const NO_CHANNELS: ReadonlySet<Channel> = new Set();

/** A group stops growing at this many commands, so that one flood cannot hold the lock for long. */
const MAX_GROUP = 2_000;

/**
 * Two turns of the event loop: the first reads what the sockets hold, the second what their senders sent upon our
 * last replies. Without them two half groups wait for each other, and twice as many commits are made.
 */
async function gather(): Promise<void> {
  await turn();
  await turn();
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

interface Job {
  readonly commands: readonly Command[];
  readonly resolve: (decisions: readonly NumberedDecision[]) => void;
  readonly reject: (error: unknown) => void;
}

interface LaneOptions {
  readonly application: string;
  readonly store: StateStore;
  /** Asked for each group, so that a reloaded policy counts from the next one. */
  readonly policy: () => Policy;
  /** Channels that messages are routed to; none: nobody is told of anything. */
  readonly channels?: ReadonlySet<Channel>;
  /** Told of what was committed, and of the messages that wait in the outbox now. */
  readonly committed?: (events: readonly EventBody[], messages: readonly Message[]) => void;
}

/**
 * The commands of one application, in their order. While a group is being committed the next ones wait and become
 * one group themselves: a storm of webhooks costs a few transactions.
 */
export class ApplicationLane {
  readonly #options: LaneOptions;
  #waiting: Job[] = [];
  #running = false;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  /** Resolves with a decision for each command, in their order, when all of them are committed. */
  submit(commands: readonly Command[]): Promise<readonly NumberedDecision[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ commands, resolve, reject });
      if (!this.#running) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#waiting.length > 0) {
      await gather();
      await this.#commit(this.#nextGroup());
    }
    this.#running = false;
  }

  #nextGroup(): readonly Job[] {
    let size = 0;
    let end = 0;
    for (const { commands } of this.#waiting) {
      if (end > 0 && size + commands.length > MAX_GROUP) break;
      size += commands.length;
      end += 1;
    }
    const group = this.#waiting.slice(0, end);
    this.#waiting = this.#waiting.slice(end);
    return group;
  }

  async #commit(group: readonly Job[]): Promise<void> {
    try {
      const { application, store, committed } = this.#options;
      const commands = group.flatMap((job) => job.commands);
      const { work } = await store.transact(application, (state, now) => this.#decide(state, commands, now));
      committed?.(work.events, work.messages);
      let start = 0;
      for (const job of group) {
        job.resolve(work.decisions.slice(start, start + job.commands.length));
        start += job.commands.length;
      }
    } catch (error) {
      for (const job of group) job.reject(error);
    }
  }

  #decide(state: ApplicationState, commands: readonly Command[], now: Instant): Decisions {
    const { channels = NO_CHANNELS } = this.#options;
    const policy = this.#options.policy();
    const decisions = decideAll(state, commands, policy, now);
    const messages = decisions.messages.flatMap((message) => routeMessage(message, policy, channels));
    return { ...decisions, messages };
  }
}
