import { BrokenCircuitError, ConsecutiveBreaker, circuitBreaker, handleWhen } from "cockatiel";
import { DeliveryError, type Notifier } from "../../app/notify/notifier.ts";
import { type Duration, formatDuration } from "../../domain/time.ts";

/** Failures in a row after which a service is left alone. */
const FAILURES = 5;
const LEFT_ALONE: Duration = 30_000;

/**
 * Leaves a service alone that has failed again and again, so that what piles up does not all run into its timeout; one
 * message is tried then. What only one message is to blame for does not count, nor does a service that says when to come back.
 */
export function withBreaker(
  notifier: Notifier,
  { failures = FAILURES, leftAlone = LEFT_ALONE }: { failures?: number; leftAlone?: Duration } = {},
): Notifier {
  const { channel } = notifier;
  const counts = (error: Error): boolean =>
    error instanceof DeliveryError && error.kind === "unavailable" && error.retryAfter === null;
  const breaker = circuitBreaker(handleWhen(counts), {
    halfOpenAfter: leftAlone,
    breaker: new ConsecutiveBreaker(failures),
  });
  return {
    channel,
    test: (sample, signal) => notifier.test(sample, signal),
    async deliver(delivery, signal) {
      try {
        return await breaker.execute(() => notifier.deliver(delivery, signal));
      } catch (error) {
        if (!(error instanceof BrokenCircuitError)) throw error;
        throw new DeliveryError(
          "unavailable",
          `${channel} has failed ${failures} times in a row and is left alone for ${formatDuration(leftAlone)}`,
          { retryAfter: leftAlone },
        );
      }
    },
  };
}
