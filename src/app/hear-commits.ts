import type { EventBody } from "../domain/event.ts";
import type { RolloutStatus } from "../domain/rollout.ts";
import type { Instant } from "../domain/time.ts";
import type { Clock, Recorder } from "./ports.ts";

/** Rollbacks whose time is kept until the clock of rollouts has noted it. */
const MAX_KEPT = 1_000;

/** What this responder has committed: counted, and timed. */
export class CommitsHeard {
  readonly #clock: Clock;
  readonly #recorder: Recorder;
  readonly #times = new Map<string, Instant>();

  constructor({ clock, recorder }: { clock: Clock; recorder: Recorder }) {
    this.#clock = clock;
    this.#recorder = recorder;
  }

  hear(events: readonly EventBody[]): void {
    const now = this.#clock.now();
    for (const event of events) {
      if (event.rollout !== null) this.#countEnd(event.rollout.status);
      this.#time(event, now);
    }
  }

  /** When this responder committed that rollback; undefined when another one did. It is told once. */
  timeOf(rollback: string): Instant | undefined {
    const time = this.#times.get(rollback);
    this.#times.delete(rollback);
    return time;
  }

  /** An event of a rollout that has ended is its last one. */
  #countEnd(status: RolloutStatus): void {
    if (status === "running" || status === "holding" || status === "paused") return;
    this.#recorder.rolloutEnded(status);
  }

  #time({ reason, rollback, tier, at }: EventBody, now: Instant): void {
    if (rollback === null || tier === null) return;
    if (reason === "rolled_back" || reason === "already_rolled_back") {
      if (this.#times.size < MAX_KEPT) this.#times.set(rollback, now);
      this.#recorder.rollbackTook("commit", now - at);
    }
    if (reason === "verified" || reason === "unverified" || reason === "escalated") {
      this.#recorder.rollbackJudged(tier, reason);
    }
    if (reason === "verification_failed") this.#recorder.rollbackJudged(tier, "failed");
  }
}
