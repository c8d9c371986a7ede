import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Variant } from "./features.ts";

/** Upper bounds in seconds; the policy's limits (0.2, 0.3, 0.4, 0.5, 1) are among them. */
const BUCKETS = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 1.5, 2.5, 3, 5];
/** OpenTelemetry's attribute, as Prometheus writes it: which side of the traffic flag a request was on. */
const VARIANT = "feature_flag_variant";
const VARIANTS: readonly Variant[] = ["on", "off", "none"];
/** A real application checks its database, queue and so on; the policy counts five checks. */
const HEALTH_CHECKS = 5;

export interface CountedRequest {
  readonly seconds: number;
  readonly failed: boolean;
  readonly variant: Variant;
}

/** The raw numbers that the policy's recording rules make percentages and milliseconds of. */
export class GenesisMetrics {
  readonly #registry = new Registry();
  readonly #requests = this.#counter("genesis_requests_total", "Requests of users.", [VARIANT]);
  readonly #errors = this.#counter("genesis_errors_total", "Requests of users that failed.", [VARIANT]);
  readonly #cacheRequests = this.#counter("genesis_cache_requests_total", "Questions to the vLLM cache.");
  readonly #cacheHits = this.#counter("genesis_cache_hits_total", "Questions that the vLLM cache had.");
  readonly #testsPassed = this.#gauge("genesis_tests_passed", "Tests that passed in the last run.");
  readonly #testsTotal = this.#gauge("genesis_tests_total", "Tests of the last run.");
  readonly #duration = new Histogram({
    name: "genesis_request_duration_seconds",
    help: "How long users waited.",
    labelNames: [VARIANT],
    buckets: BUCKETS,
    registers: [this.#registry],
  });

  constructor() {
    // From 0 on: of a counter that is born with its first failure Prometheus never sees that failure.
    for (const variant of VARIANTS) {
      const labels = { [VARIANT]: variant };
      this.#requests.inc(labels, 0);
      this.#errors.inc(labels, 0);
      this.#duration.zero(labels);
    }
    // Before the first run there is no pass rate: 0 of 0 fires nothing, and a made-up 100 % would hide something.
    const checks = ["genesis_health_checks_total", "genesis_health_checks_passed"];
    for (const name of checks) this.#gauge(name, "Checks of its own health.").set(HEALTH_CHECKS);
    this.#gauge("genesis_health_check_consecutive_failures", "How often in a row one of them has failed.");
  }

  countRequest({ seconds, failed, variant }: CountedRequest): void {
    const labels = { [VARIANT]: variant };
    this.#requests.inc(labels);
    if (failed) this.#errors.inc(labels);
    this.#duration.observe(labels, seconds);
  }

  countCacheRequest(hit: boolean): void {
    this.#cacheRequests.inc();
    if (hit) this.#cacheHits.inc();
  }

  tellTests(passed: number, total: number): void {
    this.#testsPassed.set(passed);
    this.#testsTotal.set(total);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  #counter(name: string, help: string, labelNames: readonly string[] = []): Counter {
    return new Counter({ name, help, labelNames, registers: [this.#registry] });
  }

  #gauge(name: string, help: string): Gauge {
    return new Gauge({ name, help, registers: [this.#registry] });
  }
}
