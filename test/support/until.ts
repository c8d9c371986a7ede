import { setTimeout as delay } from "node:timers/promises";

export interface UntilOptions {
  /** Milliseconds until it gives up. */
  readonly within?: number;
  /** Milliseconds between two looks. */
  readonly every?: number;
  /** Appended to the failure: the logs that explain it. */
  readonly onFailure?: () => string;
}

/**
 * Reads until what was read is accepted, and returns it. A read that throws counts as not yet.
 * @throws Error that names `what`, the time waited and the last thing read
 */
export async function until<T, S extends T>(
  what: string,
  read: () => Promise<T> | T,
  accept: (value: T) => value is S,
  options?: UntilOptions,
): Promise<S>;
export async function until<T>(
  what: string,
  read: () => Promise<T> | T,
  accept: (value: T) => boolean,
  options?: UntilOptions,
): Promise<T>;
export async function until<T>(
  what: string,
  read: () => Promise<T> | T,
  accept: (value: T) => boolean,
  { within = 60_000, every = 50, onFailure }: UntilOptions = {},
): Promise<T> {
  const deadline = Date.now() + within;
  let seen = "nothing";
  for (;;) {
    try {
      const value = await read();
      if (accept(value)) return value;
      seen = show(value);
    } catch (error) {
      seen = `the error ${error instanceof Error ? error.message : String(error)}`;
    }
    if (Date.now() >= deadline) {
      const logs = onFailure === undefined ? "" : `\n${onFailure()}`;
      throw new Error(`waited ${within} ms in vain for ${what}; last seen: ${seen}${logs}`);
    }
    await delay(every);
  }
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 4_000 ? `${text.slice(0, 4_000)}…` : text;
}
