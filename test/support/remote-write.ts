/** A series as Prometheus' remote write 1.0 takes it: floats, or native histograms of schema 0. */
export interface WrittenSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly samples?: readonly { readonly at: number; readonly value: number }[];
  readonly histograms?: readonly WrittenHistogram[];
}

export interface WrittenHistogram {
  /** Milliseconds. */
  readonly at: number;
  /** By the bucket's index i, in ascending order: how many observations were in (2^(i−1), 2^i]. */
  readonly buckets: readonly (readonly [index: number, count: number])[];
}

/** Writes series into a Prometheus whose remote write receiver is on. */
export async function remoteWrite(url: string, series: readonly WrittenSeries[]): Promise<void> {
  const body = snappy(Buffer.concat(series.map((one) => field(1, timeSeries(one)))));
  const headers = { "content-encoding": "snappy", "content-type": "application/x-protobuf" };
  const answer = await fetch(`${url}/api/v1/write`, { method: "POST", headers, body: new Uint8Array(body) });
  if (!answer.ok) throw new Error(`${url} takes no series: ${answer.status} ${await answer.text()}`);
}

function timeSeries({ labels, samples = [], histograms = [] }: WrittenSeries): Buffer {
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return Buffer.concat([
    ...sorted.map(([name, value]) => field(1, Buffer.concat([text(1, name), text(2, value)]))),
    ...samples.map(({ at, value }) => field(2, Buffer.concat([double(1, value), number(2, at)]))),
    ...histograms.map((one) => field(4, histogram(one))),
  ]);
}

function histogram({ at, buckets }: WrittenHistogram): Buffer {
  const count = buckets.reduce((sum, [, of]) => sum + of, 0);
  const spans = buckets.map(([index], place) => {
    const before = buckets[place - 1]?.[0];
    const offset = before === undefined ? index : index - before - 1;
    return field(11, Buffer.concat([number(1, zigzag(offset)), number(2, 1)]));
  });
  const deltas = buckets.map(([, of], place) => varint(zigzag(of - (buckets[place - 1]?.[1] ?? 0))));
  return Buffer.concat([
    number(1, count),
    double(3, count),
    double(5, 1e-128),
    number(6, 0),
    ...spans,
    field(12, Buffer.concat(deltas)),
    number(15, at),
  ]);
}

/** Protobuf: a length-delimited field. */
function field(id: number, content: Buffer): Buffer {
  return Buffer.concat([varint(id * 8 + 2), varint(content.length), content]);
}

function text(id: number, value: string): Buffer {
  return field(id, Buffer.from(value));
}

function double(id: number, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([varint(id * 8 + 1), bytes]);
}

function number(id: number, value: number): Buffer {
  return Buffer.concat([varint(id * 8), varint(value)]);
}

function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}

const LITERAL = 60;

/** Snappy's block format with literals only: nothing is compressed. */
function snappy(content: Buffer): Buffer {
  const parts: Buffer[] = [varint(content.length)];
  for (let from = 0; from < content.length; from += LITERAL) {
    const part = content.subarray(from, from + LITERAL);
    parts.push(Buffer.from([(part.length - 1) * 4]), part);
  }
  return Buffer.concat(parts);
}
