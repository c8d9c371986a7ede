import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** Bounds of the classic histogram in seconds; the native one has powers of two. */
const BOUNDS = [0.25, 0.5, 1, 2, 4];
/** The native buckets that may be filled: 2^(n-1) … 2^n. */
const FIRST_POWER = -2;
const POWERS = 5;

/** A process that counts requests, and is scraped. */
export interface CountingTarget {
  /** `host:port` */
  readonly address: string;
  /** So many requests, of which so many failed. */
  serve(requests: number, failed?: number): void;
  /** One request that took so many seconds. */
  take(seconds: number): void;
  /** Its process begins anew: everything counts from zero. */
  restart(): void;
  stop(): Promise<void>;
}

export interface CountingTargetOptions {
  readonly port?: number;
  /** Its histogram is told twice, classic and native, which only Prometheus' own binary format can tell. */
  readonly native?: boolean;
}

export async function startCountingTarget({
  port = 0,
  native = false,
}: CountingTargetOptions = {}): Promise<CountingTarget> {
  let counted = nothing();
  const server = createServer((_request, response) => {
    const type = native ? PROTOBUF : "text/plain; version=0.0.4; charset=utf-8";
    response.setHeader("content-type", type);
    response.end(native ? binary(counted) : text(counted));
  });
  await new Promise<void>((listening) => server.listen(port, "127.0.0.1", listening));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    serve(requests, failed = 0) {
      counted.requests += requests;
      counted.failed += failed;
    },
    take(seconds) {
      counted.took.push(seconds);
    },
    restart() {
      counted = nothing();
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

interface Counted {
  readonly since: number;
  requests: number;
  failed: number;
  readonly took: number[];
}

function nothing(): Counted {
  return { since: Date.now() / 1_000, requests: 0, failed: 0, took: [] };
}

/** Failures have no series before the first one. */
function text({ since, requests, failed }: Counted): string {
  const lines = [`process_start_time_seconds ${since}`, `requests_total ${requests}`];
  if (failed > 0) lines.push(`errors_total ${failed}`);
  return `${lines.join("\n")}\n`;
}

// https://github.com/prometheus/client_model/blob/master/io/prometheus/client/metrics.proto

const PROTOBUF =
  "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited";
const HISTOGRAM = 4;

function binary({ took }: Counted): Buffer {
  const upTo = (bound: number): number => took.filter((seconds) => seconds <= bound).length;
  const common = [
    number(1, took.length),
    double(
      2,
      took.reduce((sum, seconds) => sum + seconds, 0),
    ),
  ];
  const classic = BOUNDS.map((bound) => message(3, number(1, upTo(bound)), double(2, bound)));
  const filled = Array.from({ length: POWERS }, (_, index) => FIRST_POWER + index).map(
    (power) => upTo(2 ** power) - upTo(2 ** (power - 1)),
  );
  const deltas = filled.map((count, index) => signed(13, count - (filled[index - 1] ?? 0)));
  const native = [
    signed(5, 0),
    double(6, 1e-9),
    number(7, 0),
    message(12, signed(1, FIRST_POWER), number(2, POWERS)),
    ...deltas,
  ];
  return Buffer.concat([
    family("classic_seconds", [...common, ...classic]),
    family("native_seconds", [...common, ...native]),
  ]);
}

function family(name: string, histogram: readonly Buffer[]): Buffer {
  const body = Buffer.concat([
    bytes(1, Buffer.from(name)),
    number(3, HISTOGRAM),
    message(4, message(7, ...histogram)),
  ]);
  return Buffer.concat([varint(body.length), body]);
}

function message(field: number, ...parts: readonly Buffer[]): Buffer {
  return bytes(field, Buffer.concat(parts));
}

function bytes(field: number, content: Buffer): Buffer {
  return Buffer.concat([varint(field * 8 + 2), varint(content.length), content]);
}

function number(field: number, value: number): Buffer {
  return Buffer.concat([varint(field * 8), varint(value)]);
}

function signed(field: number, value: number): Buffer {
  return number(field, value < 0 ? -2 * value - 1 : 2 * value);
}

function double(field: number, value: number): Buffer {
  const content = Buffer.alloc(8);
  content.writeDoubleLE(value);
  return Buffer.concat([varint(field * 8 + 1), content]);
}

function varint(value: number): Buffer {
  const all: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) all.push((rest % 128) + 128);
  return Buffer.from([...all, rest]);
}
