import type { Command } from "../domain/command.ts";
import type { NumberedDecision } from "../domain/decide.ts";
import { RollguardError } from "../domain/errors.ts";
import type { Policy } from "../domain/policy.ts";
import type { RolloutStatus } from "../domain/rollout.ts";
import { ApplicationLane } from "./application-lane.ts";
import type { Policies } from "./policies.ts";
import type { Clock, Recorder, StateStore } from "./ports.ts";

interface LanesOptions {
  readonly store: StateStore;
  readonly clock: Clock;
  readonly policies: Policies;
  readonly recorder?: Recorder;
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
    const { store, clock, recorder } = this.#options;
    const lane = new ApplicationLane({
      application,
      store,
      clock,
      policy: () => this.#policyOf(application),
      committed: (events) => {
        for (const { rollout } of events) if (rollout !== null) countEnd(recorder, rollout.status);
      },
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

/** An event of a rollout that has ended is its last one. */
function countEnd(recorder: Recorder | undefined, status: RolloutStatus): void {
  if (status === "running" || status === "holding" || status === "paused") return;
  recorder?.rolloutEnded(status);
}
