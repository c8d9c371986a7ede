import autocannon from "autocannon";
import { quantile } from "./statistics.ts";

export const CONNECTIONS = 16;

export interface Load {
  /** What each connection posts, one after the other and again from the start. */
  readonly bodies: readonly (readonly Buffer[])[];
  /** Requests of all connections together. */
  readonly amount: number;
}

export interface Measurement {
  readonly requestsPerSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

/**
 * Posts as fast as the server answers, with one request at a time on each connection.
 * @throws Error when anything but a 2xx comes back
 */
export async function measure(url: string, load: Load): Promise<Measurement> {
  const { amount } = load;
  const latencies: number[] = [];
  const known = new Set<unknown>();
  let first = 0;
  let last = 0;
  const onResponse: OnResponse = (client, milliseconds) => {
    last = performance.now();
    // The first answer of a connection contains its making, which is not what we compare.
    if (known.size < CONNECTIONS && !known.has(client)) {
      known.add(client);
      if (first === 0) first = last;
    } else {
      latencies.push(milliseconds);
    }
  };
  const { errors, non2xx, "2xx": good } = await fire(url, load, onResponse);
  if (errors > 0 || non2xx > 0 || good !== amount) {
    throw new Error(
      `${url}: ${amount} requests got ${good} good answers, ${non2xx} others, ${errors} errors`,
    );
  }
  latencies.sort((a, b) => a - b);
  return {
    requestsPerSecond: ((amount - 1) / (last - first)) * 1_000,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
  };
}

type OnResponse = (client: unknown, milliseconds: number) => void;

function fire(url: string, { bodies, amount }: Load, onResponse: OnResponse): Promise<autocannon.Result> {
  let connection = 0;
  const options: autocannon.Options = {
    url,
    amount,
    connections: CONNECTIONS,
    pipelining: 1,
    method: "POST",
    headers: { "content-type": "application/json", "user-agent": "Alertmanager/0.25.0" },
    // Autocannon builds these requests once, before it connects: making them costs nothing under load.
    setupClient: (client) => {
      client.setRequests((bodies[connection++] ?? []).map((body) => ({ body })));
    },
    timeout: 30,
    // How long it may take to notice, in milliseconds, that the last answer is there.
    sampleInt: 20,
  };
  return new Promise((resolve, reject) => {
    const run = autocannon(options, (error: Error | null, result) => {
      if (error === null) resolve(result);
      else reject(error);
    });
    run.on("response", (client, _status, _bytes, milliseconds) => onResponse(client, milliseconds));
  });
}
