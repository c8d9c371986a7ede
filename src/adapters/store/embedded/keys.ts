/**
 * Keys are bytes, ordered as they are compared: four of the application's number, and then
 * - a field of the state: its name in UTF-8
 * - an event: six of its revision
 * - a message, and its claim: six of its commit's revision, four of its index there
 * - a lane's receipt: the lane in UTF-8
 */
const NUMBER = 4;
const REVISION = 6;
const INDEX = 4;

/** An application is known by its name in one place only, so that a long name costs nothing elsewhere. */
export function applicationKey(name: string): Buffer {
  return Buffer.from(`=${name}`);
}

export function fieldKey(application: number, field: string): Buffer {
  const key = Buffer.allocUnsafe(NUMBER + Buffer.byteLength(field));
  key.writeUInt32BE(application);
  key.write(field, NUMBER);
  return key;
}

export function fieldOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString("utf8", NUMBER);
}

export function eventKey(application: number, revision: number): Buffer {
  const key = Buffer.allocUnsafe(NUMBER + REVISION);
  key.writeUInt32BE(application);
  key.writeUIntBE(revision, NUMBER, REVISION);
  return key;
}

export function revisionOf(key: Uint8Array): number {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).readUIntBE(NUMBER, REVISION);
}

/** @param id `<revision>-<index>` */
export function messageKey(application: number, id: string): Buffer {
  const [revision = 0, index = 0] = id.split("-").map(Number);
  const key = Buffer.allocUnsafe(NUMBER + REVISION + INDEX);
  key.writeUInt32BE(application);
  key.writeUIntBE(revision, NUMBER, REVISION);
  key.writeUInt32BE(index, NUMBER + REVISION);
  return key;
}

export function messageIdOf(key: Uint8Array): string {
  const bytes = Buffer.from(key.buffer, key.byteOffset, key.byteLength);
  return `${bytes.readUIntBE(NUMBER, REVISION)}-${bytes.readUInt32BE(NUMBER + REVISION)}`;
}

/** Everything of one application. */
export function rangeOf(application: number): { start: Buffer; end: Buffer } {
  return {
    start: eventKey(application, 0).subarray(0, NUMBER),
    end: eventKey(application + 1, 0).subarray(0, NUMBER),
  };
}
