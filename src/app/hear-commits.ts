import type { EventBody } from "../domain/event.ts";
import type { RolloutStatus } from "../domain/rollout.ts";
import type { Instant } from "../domain/time.ts";
import type { Clock, Recorder } from "./ports.ts";

/** Rollbacks whose time is kept until the clock of rollouts has noted it, the latest ones. */
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

  hear(events: readonly EventBody[], application?: string): void {
    const now = this.#clock.now(application);
    for (const [index, event] of events.entries()) {
      if (event.rollout !== null) this.#countEnd(event.rollout.status);
      this.#time(event, now);
      this.#countVerdict(event, events[index + 1]);
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
      this.#times.set(rollback, now);
      const [oldest] = this.#times.keys();
      if (this.#times.size > MAX_KEPT && oldest !== undefined) this.#times.delete(oldest);
      this.#recorder.rollbackTook("commit", now - at);
    }
  }

  /** A tier that did not help is followed by the one that is tried next, in the same commit; the last one has failed. */
  #countVerdict({ reason, rollback, tier, actor }: EventBody, next: EventBody | undefined): void {
    if (rollback === null || tier === null) return;
    const isFollowed = next?.reason === "escalated" && next.rollback === rollback && next.actor === actor;
    if (reason === "verified" || reason === "unverified") this.#recorder.rollbackJudged(tier, reason);
    if (reason === "verification_failed")
      this.#recorder.rollbackJudged(tier, isFollowed ? "escalated" : "failed");
  }
}
