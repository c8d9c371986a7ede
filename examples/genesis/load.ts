export interface LoadOptions {
  /** Where the application is. */
  readonly url: string;
  readonly requestsPerSecond: number;
  /** How many different users there are; default: 1,000. */
  readonly users?: number;
}

/** What users saw, of the requests that were sent in some stretch of time. */
export interface Seen {
  readonly requests: number;
  /** Percent. */
  readonly failed: number;
  /** Milliseconds that 95 of 100 requests did not exceed. */
  readonly p95: number;
  /** Percent of them that the new system answered. */
  readonly onNewSystem: number;
  /** Percent of them that met a feature, by its flag. */
  readonly met: ReadonlyMap<string, number>;
}

export interface Load {
  /** @param from epoch milliseconds: requests that were sent before it do not count, nor do those still on their way */
  seenSince(from: number): Seen;
  stop(): void;
}

interface Request {
  readonly sentAt: number;
  readonly took: number;
  readonly failed: boolean;
  readonly system: string;
  readonly features: readonly string[];
}

/** Milliseconds until a user gives up. */
const PATIENCE = 5_000;
/** Milliseconds that requests are remembered. */
const KEPT = 60_000;

/** A steady stream of requests from many users, one after the other in their turn. It prints nothing. */
export function startLoad({ url, requestsPerSecond, users = 1_000 }: LoadOptions): Load {
  let requests: Request[] = [];
  let sent = 0;
  const send = async (): Promise<void> => {
    const request = await ask(`${url}/?user=user-${sent++ % users}`);
    requests = [...requests.filter(({ sentAt }) => sentAt > Date.now() - KEPT), request];
  };
  const timer = setInterval(() => void send(), 1_000 / requestsPerSecond);
  return {
    seenSince: (from) => summarize(requests.filter(({ sentAt }) => sentAt >= from)),
    stop: () => clearInterval(timer),
  };
}

async function ask(url: string): Promise<Request> {
  const sentAt = Date.now();
  const begun = performance.now();
  const nothing = { system: "none", features: [] };
  const answer = await fetch(url, { signal: AbortSignal.timeout(PATIENCE) })
    .then(async (response) => ({
      failed: !response.ok,
      ...((await response.json()) as Pick<Request, "system" | "features">),
    }))
    // Nobody answered, or no answer was understood: to a user that is all the same.
    .catch(() => ({ failed: true, ...nothing }));
  return { sentAt, took: performance.now() - begun, ...answer };
}

function summarize(requests: readonly Request[]): Seen {
  const percentOf = (isOne: (request: Request) => boolean): number =>
    requests.length === 0 ? 0 : (requests.filter(isOne).length / requests.length) * 100;
  const times = requests.map(({ took }) => took).sort((a, b) => a - b);
  const keys = new Set(requests.flatMap(({ features }) => features));
  return {
    requests: requests.length,
    failed: percentOf(({ failed }) => failed),
    p95: times[Math.ceil(times.length * 0.95) - 1] ?? 0,
    onNewSystem: percentOf(({ system }) => system === "new"),
    met: new Map([...keys].map((key) => [key, percentOf(({ features }) => features.includes(key))])),
  };
}
