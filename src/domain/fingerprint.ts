const OFFSET_HIGH = 0xcbf29ce4;
const OFFSET_LOW = 0x84222325;
/** The FNV prime is 2⁴⁰ + 0x1B3. */
const PRIME_LOW = 0x1b3;
const TWO_TO_32 = 2 ** 32;
const SEPARATOR = 0xff;

const utf8 = new TextEncoder();

/**
 * The fingerprint that Alertmanager gives an alert with these labels: FNV-1a, 64 bit, over the labels in the
 * order of their names' bytes, name and value each closed with 0xFF (prometheus/common, `model.LabelSet`).
 * @returns 16 hexadecimal digits
 */
export function fingerprintOf(labels: Readonly<Record<string, string>>): string {
  const hash = { high: OFFSET_HIGH, low: OFFSET_LOW };
  for (const [name, value] of inByteOrder(labels)) {
    add(hash, name);
    add(hash, utf8.encode(value));
  }
  return hex(hash.high) + hex(hash.low);
}

/** 64 bits as two unsigned halves, because BigInt is forty times slower and doubles end at 53 bits. */
interface Hash {
  high: number;
  low: number;
}

function add(hash: Hash, bytes: Uint8Array): void {
  for (const byte of bytes) addByte(hash, byte);
  addByte(hash, SEPARATOR);
}

function addByte(hash: Hash, byte: number): void {
  const low = (hash.low ^ byte) >>> 0;
  const product = low * PRIME_LOW;
  const carry = Math.floor(product / TWO_TO_32);
  hash.high = (hash.high * PRIME_LOW + carry + low * 256) % TWO_TO_32;
  hash.low = product % TWO_TO_32;
}

function hex(half: number): string {
  return half.toString(16).padStart(8, "0");
}

/** Go sorts strings by their bytes; JavaScript by UTF-16 units, which differs beyond the basic plane. */
function inByteOrder(labels: Readonly<Record<string, string>>): [Uint8Array, string][] {
  const encoded = Object.entries(labels).map(([name, value]): [Uint8Array, string] => [
    utf8.encode(name),
    value,
  ]);
  return encoded.sort(([a], [b]) => compareBytes(a, b));
}

/** Two names may have the same bytes: halves of surrogate pairs all encode alike. */
function compareBytes(a: Uint8Array, b: Uint8Array): number {
  let index = 0;
  while (index < a.length && a[index] === b[index]) index += 1;
  return byteAt(a, index) - byteAt(b, index);
}

/** Past its end a name sorts before every byte. */
function byteAt(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? -1;
}
