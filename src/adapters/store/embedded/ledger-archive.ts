import { randomUUID } from "node:crypto";
import { closeSync, fsyncSync, openSync, readdirSync, renameSync } from "node:fs";
import { type FileHandle, mkdir, open, readdir, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { RollguardError } from "../../../domain/errors.ts";
import { fileOf, folderOf, type Range, rangeIn } from "./archive-names.ts";

/** Milliseconds after which an unfinished file is nobody's any more. */
const ABANDONED = 3_600_000;
const UNFINISHED = ".unfinished";

/** Lines in their order, piece by piece. */
export type Lines = Iterable<string>;

/**
 * The events of an application that have left its ledger: files that are never changed, each of a range of revisions, a
 * line of JSON an event. A file that has its name is whole, and on the disk.
 */
export class LedgerArchive {
  /** Below the data directory. */
  readonly place: string;
  readonly #folder: string;

  constructor(data: string, application: string) {
    this.place = `ledger/${folderOf(application)}`;
    this.#folder = join(data, "ledger", folderOf(application));
  }

  /**
   * The files that have events from a revision on, in their order. Synchronous, for transactions.
   * @throws RollguardError `store_unavailable`
   */
  from(revision: number): readonly Range[] {
    return this.#names()
      .sort()
      .map(rangeIn)
      .filter((range): range is Range => range !== null && range.last >= revision);
  }

  /**
   * Writes a file that has no name yet: `publish` gives it one.
   * @throws RollguardError `store_unavailable` when there is no room, or it may not be written
   */
  async write(lines: Lines): Promise<string> {
    const path = join(this.#folder, `${randomUUID()}${UNFINISHED}`);
    return await this.#trying(async () => {
      await this.#makeFolder();
      await this.#removeAbandoned();
      const file = await open(path, "wx");
      try {
        // Not `write`: on a disk that fills up it writes a part, and says how much instead of failing.
        for (const piece of lines) await file.appendFile(piece);
        await file.sync();
        return path;
      } catch (error) {
        await rm(path, { force: true });
        throw error;
      } finally {
        await file.close();
      }
    });
  }

  /** Names what was written. Synchronous, to be done in the transaction that takes the events out of the ledger. */
  publish(written: string, range: Range): void {
    renameSync(written, join(this.#folder, fileOf(range)));
    syncDirectory(this.#folder);
  }

  /** For what was written and is not needed. */
  async discard(written: string): Promise<void> {
    await rm(written, { force: true });
  }

  /**
   * Whether a file has exactly these lines; then it is on the disk too.
   * @throws RollguardError `store_unavailable`
   */
  async has(range: Range, lines: Lines): Promise<boolean> {
    return await this.#trying(async () => {
      const file = await open(join(this.#folder, fileOf(range)), "r");
      try {
        for (const piece of lines) if (!(await continuesWith(file, Buffer.from(piece)))) return false;
        if (!(await isAtEnd(file))) return false;
        await file.sync();
        syncDirectory(this.#folder);
        return true;
      } finally {
        await file.close();
      }
    });
  }

  #names(): string[] {
    try {
      return readdirSync(this.#folder);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw this.#unavailable(error);
    }
  }

  async #makeFolder(): Promise<void> {
    const made = await mkdir(this.#folder, { recursive: true });
    if (made === undefined) return;
    const archives = dirname(this.#folder);
    for (const parent of [archives, dirname(archives)]) syncDirectory(parent);
  }

  /** A crash leaves one behind; another process may be writing one just now. */
  async #removeAbandoned(): Promise<void> {
    for (const name of await readdir(this.#folder)) {
      if (!name.endsWith(UNFINISHED)) continue;
      const path = join(this.#folder, name);
      const { mtimeMs } = await stat(path);
      if (Date.now() - mtimeMs > ABANDONED) await rm(path, { force: true });
    }
  }

  async #trying<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw error instanceof RollguardError ? error : this.#unavailable(error);
    }
  }

  #unavailable(cause: unknown): RollguardError {
    return new RollguardError(
      "store_unavailable",
      `${this.#folder} takes no events (${(cause as Error).message}): they stay in the ledger`,
      { cause },
    );
  }
}

async function continuesWith(file: FileHandle, expected: Buffer): Promise<boolean> {
  const { bytesRead, buffer } = await file.read(Buffer.alloc(expected.length));
  return bytesRead === expected.length && buffer.equals(expected);
}

async function isAtEnd(file: FileHandle): Promise<boolean> {
  return (await file.read(Buffer.alloc(1))).bytesRead === 0;
}

/** A new name is safe when its directory is. */
function syncDirectory(path: string): void {
  const directory = openSync(path, "r");
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
