import type { Command } from "../domain/command.ts";
import type { NumberedDecision } from "../domain/decide.ts";
import { RollguardError } from "../domain/errors.ts";
import type { EventBody } from "../domain/event.ts";
import type { Channel, Message } from "../domain/message.ts";
import type { Policy } from "../domain/policy.ts";
import { ApplicationLane } from "./application-lane.ts";
import type { Policies } from "./policies.ts";
import type { StateStore } from "./ports.ts";

interface LanesOptions {
  readonly store: StateStore;
  readonly policies: Policies;
  /** Channels that this responder can reach people by. */
  readonly channels?: ReadonlySet<Channel>;
  /** Told of what was committed here. */
  readonly committed?: (
    application: string,
    events: readonly EventBody[],
    messages: readonly Message[],
  ) => void;
}

/** One lane for each application; different applications do not wait for each other. */
export class Lanes {
  readonly #options: LanesOptions;
  readonly #lanes = new Map<string, ApplicationLane>();

  constructor(options: LanesOptions) {
    this.#options = options;
  }

  /**
   * @throws RollguardError `unknown_application`, and what the store throws
   */
  async submit(application: string, commands: readonly Command[]): Promise<readonly NumberedDecision[]> {
    this.#policyOf(application);
    return this.#laneOf(application).submit(commands);
  }

  #laneOf(application: string): ApplicationLane {
    const known = this.#lanes.get(application);
    if (known !== undefined) return known;
    const { store, channels = new Set(), committed } = this.#options;
    const lane = new ApplicationLane({
      application,
      store,
      channels,
      policy: () => this.#policyOf(application),
      committed: (events, messages) => committed?.(application, events, messages),
    });
    this.#lanes.set(application, lane);
    return lane;
  }

  #policyOf(application: string): Policy {
    const policy = this.#options.policies.get(application);
    if (policy !== undefined) return policy;
    throw new RollguardError("unknown_application", `no policy names the application "${application}"`);
  }
}
