import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";

/** What the application does to its users. It stays so until it is told otherwise. */
interface Health {
  /** Of 1,000 tests. */
  readonly testsPassed: number;
  /** Percent of the requests. */
  readonly errorRate: number;
  /** Of every request, in milliseconds. */
  readonly latency: number;
  readonly requestsPerSecond: number;
  readonly failedHealthChecks: number;
}

export interface SampleApp {
  /** `host:port` */
  readonly address: string;
  readonly url: string;
  /** @param percent of its tests that pass from now on */
  passTests(percent: number): void;
  /** @param percent of its requests that fail from now on */
  failRequests(percent: number): void;
  /** @param milliseconds that each request takes from now on */
  slowDown(milliseconds: number): void;
  /** @param inARow how often one of its five health checks has failed by now */
  failHealthChecks(inARow: number): void;
  /** It serves nobody: every connection is dropped without an answer, the scrape's too. */
  goDown(): void;
  /** Everything is as it was at the start; counters keep counting. */
  recover(): void;
  stop(): Promise<void>;
}

const HEALTHY: Health = {
  testsPassed: 990,
  errorRate: 0.05,
  latency: 80,
  requestsPerSecond: 200,
  failedHealthChecks: 0,
};
const TESTS = 1_000;
const HEALTH_CHECKS = 5;
/** Upper bounds in seconds; the policy's limits (0.2, 0.5, 1) are among them. */
const BUCKETS = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 1.5, 2.5, 5, Number.POSITIVE_INFINITY];

/**
 * A stand-in for Genesis: an HTTP server with Genesis' raw metrics, a steady load, and ways to break it.
 * The load needs no timer: what has happened since the last look is added up at the next one.
 */
export async function startSampleApp(): Promise<SampleApp> {
  const traffic = new Traffic();
  let down = false;
  const answer: RequestListener = (request, response) => {
    if (request.url === "/metrics") {
      response.setHeader("content-type", "text/plain; version=0.0.4; charset=utf-8");
      response.end(traffic.metrics());
    } else {
      response.statusCode = 404;
      response.end();
    }
  };
  const server = createServer(answer);
  server.on("connection", (socket) => {
    if (down) socket.destroy();
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    address,
    url: `http://${address}`,
    passTests: (percent) => traffic.become({ testsPassed: Math.round((TESTS * percent) / 100) }),
    failRequests: (percent) => traffic.become({ errorRate: percent }),
    slowDown: (milliseconds) => traffic.become({ latency: milliseconds }),
    failHealthChecks: (inARow) => traffic.become({ failedHealthChecks: inARow }),
    goDown: () => {
      down = true;
      traffic.become({ requestsPerSecond: 0 });
      server.closeAllConnections();
    },
    recover: () => {
      down = false;
      traffic.become(HEALTHY);
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

class Traffic {
  #health = HEALTHY;
  #countedUntil = performance.now();
  #requests = 0;
  #errors = 0;
  #seconds = 0;
  readonly #inBucket = BUCKETS.map(() => 0);

  /** What went before is counted as it was. */
  become(change: Partial<Health>): void {
    this.#count();
    this.#health = { ...this.#health, ...change };
  }

  metrics(): string {
    this.#count();
    const { testsPassed, failedHealthChecks } = this.#health;
    const healthChecksPassed = failedHealthChecks > 0 ? HEALTH_CHECKS - 1 : HEALTH_CHECKS;
    return [
      ...series("genesis_tests_passed", "gauge", testsPassed),
      ...series("genesis_tests_total", "gauge", TESTS),
      ...series("genesis_health_checks_passed", "gauge", healthChecksPassed),
      ...series("genesis_health_checks_total", "gauge", HEALTH_CHECKS),
      ...series("genesis_health_check_consecutive_failures", "gauge", failedHealthChecks),
      ...series("genesis_requests_total", "counter", this.#requests),
      ...series("genesis_errors_total", "counter", this.#errors),
      ...this.#histogram("genesis_request_duration_seconds"),
      "",
    ].join("\n");
  }

  #count(): void {
    const now = performance.now();
    const { errorRate, latency, requestsPerSecond } = this.#health;
    const requests = ((now - this.#countedUntil) / 1_000) * requestsPerSecond;
    this.#countedUntil = now;
    const seconds = latency / 1_000;
    this.#requests += requests;
    this.#errors += (requests * errorRate) / 100;
    this.#seconds += requests * seconds;
    for (const [index, bound] of BUCKETS.entries()) {
      if (seconds <= bound) this.#inBucket[index] = (this.#inBucket[index] ?? 0) + requests;
    }
  }

  #histogram(name: string): string[] {
    const buckets = BUCKETS.map((bound, index) => {
      const le = bound === Number.POSITIVE_INFINITY ? "+Inf" : bound;
      return `${name}_bucket{le="${le}"} ${this.#inBucket[index]}`;
    });
    return [
      `# TYPE ${name} histogram`,
      ...buckets,
      `${name}_sum ${this.#seconds}`,
      `${name}_count ${this.#requests}`,
    ];
  }
}

function series(name: string, type: "gauge" | "counter", value: number): string[] {
  return [`# TYPE ${name} ${type}`, `${name} ${value}`];
}
