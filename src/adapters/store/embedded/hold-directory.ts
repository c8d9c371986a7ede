import { randomUUID } from "node:crypto";
import { closeSync, openSync, readdirSync, rmSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { RollguardError } from "../../../domain/errors.ts";
import type { Duration } from "../../../domain/time.ts";

/** Each one has a name of its own: only one that nobody listens to any more is ever removed by somebody else. */
const SOCKET = /^holder-[\da-f-]{36}\.sock$/;
/** Bytes that the address of a socket may have: 104 with macOS' final zero. Node 20 cuts off what is longer. */
const LONGEST = 100;
/** A process that hangs is a holder too, and one that nobody waits for. */
const ANSWERS_WITHIN: Duration = 500;
const LOOK_AGAIN: Duration = 20;
const ATTEMPTS = 100;
/** What somebody says who is looking for others himself. */
const BEGINS = "begins";
/** Instead of what one says who hangs up, because he ends just now. */
const GOES = "goes one that comes and goes";

/** A directory that is this process' own. */
export interface Hold {
  /** Why others cannot be told that, in words; null: they are. */
  readonly doubt: string | null;
  /** Once or more often. */
  release(): Promise<void>;
}

/**
 * Takes a directory for this process alone, by a socket in it that listens until the process ends, however it ends: one
 * that refuses to be connected to is what a killed process has left. That holds across containers that share a volume,
 * where numbers of processes say nothing. Where there can be no socket (a full disk, a file system that has none), it is
 * taken with doubt.
 * @throws RollguardError `store_unavailable` when another process has it
 */
export async function holdDirectory(directory: string): Promise<Hold> {
  const name = `holder-${randomUUID()}.sock`;
  const folder = openSync(directory, "r");
  // Linux has a short name for what is open; elsewhere it is tried, and ends in doubt.
  const short = Buffer.byteLength(join(directory, name)) <= LONGEST ? directory : `/proc/self/fd/${folder}`;
  const who = `process ${process.pid} on ${hostname()}`;
  let state = BEGINS;
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.end(`${state} ${who}`);
  }).unref();
  let released: Promise<void> | undefined;
  const release = async (): Promise<void> => {
    if (server.listening) await new Promise((resolve) => server.close(resolve));
    closeSync(folder);
  };
  const hold = { doubt: await failureOf(server, join(short, name)), release: () => (released ??= release()) };
  try {
    // Whoever comes at the same time sees us, or is seen: one of both goes.
    for (let attempt = 1; ; attempt++) {
      const others = await othersIn(directory, short, name);
      const isLast = attempt === ATTEMPTS;
      const holder = others.find(({ told, name: other }) => isLast || isAhead(told, other < name));
      if (holder !== undefined) throw inUse(directory, holder);
      if (others.length === 0) break;
      await delay(LOOK_AGAIN);
    }
    state = "holds";
    return hold;
  } catch (error) {
    await hold.release();
    throw error;
  }
}

/** @param isFirst of those who begin at the same time */
function isAhead(told: string, isFirst: boolean): boolean {
  return told.startsWith(BEGINS) ? isFirst : told !== GOES;
}

interface Other {
  readonly name: string;
  readonly told: string;
}

/** Those who listen; what the others have left is removed. */
async function othersIn(directory: string, short: string, own: string): Promise<readonly Other[]> {
  const names = readdirSync(directory).filter((name) => SOCKET.test(name) && name !== own);
  const others = await Promise.all(
    names.map(async (name) => {
      const told = await toldBy(join(short, name));
      if (told === null) rmSync(join(directory, name), { force: true });
      return told === null ? [] : [{ name, told }];
    }),
  );
  return others.flat();
}

/** Null: nobody listens any more. */
function toldBy(path: string): Promise<string | null> {
  return new Promise((resolve) => {
    let told = "";
    const socket = connect(path);
    const somebody = (silent: string) => (): void => {
      socket.destroy();
      resolve(told === "" ? silent : told);
    };
    socket.setTimeout(ANSWERS_WITHIN, somebody("holds a process that does not answer"));
    socket.setEncoding("utf8").on("data", (text) => {
      told += text;
    });
    socket.on("end", somebody(GOES));
    socket.on("error", ({ code }: NodeJS.ErrnoException) => {
      if (code === "ECONNREFUSED" || code === "ENOENT") resolve(null);
      else resolve(code === "ECONNRESET" ? GOES : `holds somebody else (${code})`);
    });
  });
}

/** Why it cannot listen there; null: it does. */
function failureOf(server: Server, path: string): Promise<string | null> {
  return new Promise((resolve) => {
    server.once("error", ({ message }) => resolve(message));
    server.listen(path, () => resolve(null));
  });
}

function inUse(directory: string, { name, told }: Other): RollguardError {
  return new RollguardError(
    "store_unavailable",
    `${directory} is in use by another Rollguard (${told.slice(told.indexOf(" ") + 1)}, ${name}): stop that one, give this ` +
      "one a directory of its own (ROLLGUARD_DATA), or use Redis for several",
  );
}
