import { existsSync, type Stats, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Database, open, type RootDatabase } from "lmdb";
import { RollguardError } from "../../../domain/errors.ts";
import { checkDataFile } from "./data-file.ts";
import { isFull, reasonFor } from "./reason-for.ts";

export interface EnvironmentOptions {
  readonly directory: string;
  readonly readOnly: boolean;
}

export type Table = Database<string, Uint8Array>;

const TABLES = ["applications", "fields", "events", "outbox", "claims"] as const;

export interface Tables extends Readonly<Record<(typeof TABLES)[number], Table>> {
  /** Not there where an older version has written the files, and they are opened to be read only. */
  readonly receipts: Table | undefined;
  /** For `probe`, likewise. */
  readonly probe: Table | undefined;
}

const PROBE = Buffer.from("probe");
const PROBE_TEXT = "-".repeat(64 * 1024);

const ENCODING = { keyEncoding: "binary", encoding: "string" } as const;

/**
 * The LMDB files in a directory. One process at a time writes, LMDB sees to that, and its lock goes with the
 * process; the others read meanwhile what was committed last.
 */
export class Environment {
  readonly directory: string;
  readonly tables: Tables;
  readonly #root: RootDatabase<string, Uint8Array>;
  readonly #options: EnvironmentOptions;
  readonly #file: Stats;
  #closed = false;

  /** @throws RollguardError `store_unavailable` */
  constructor(options: EnvironmentOptions) {
    const { directory, readOnly } = options;
    const file = join(directory, "data.mdb");
    if (readOnly && !existsSync(file)) {
      throw new RollguardError(
        "store_unavailable",
        `there is no data in ${directory} yet: start the server first, or name the directory that it uses`,
      );
    }
    try {
      if (!checkDataFile(file) && readOnly) throw new Error("data.mdb is empty");
      this.#root = open({
        ...ENCODING,
        path: directory,
        // Else a directory with a dot in its name would be taken for a file.
        noSubdir: false,
        readOnly,
        // A commit is seen when it is on the disk, and not before.
        overlappingSync: false,
        // LMDB's own batch of an event turn has a promise that nobody gets: a full disk would end the process.
        eventTurnBatching: false,
        // Address space, not memory.
        mapSize: 2 ** 30,
      });
      this.tables = openTables(this.#root);
      this.#file = statSync(file);
    } catch (cause) {
      throw cannotBeOpened(directory, cause);
    }
    this.#options = options;
    this.directory = directory;
  }

  /**
   * Runs a job in a write transaction, in which all that it writes is kept or nothing. Resolves when that is on
   * the disk.
   * @param patience milliseconds that the job may wait for its turn, while another process writes
   * @throws RollguardError `store_unavailable`, `lock_timeout`
   */
  async write<T extends object>(patience: number, job: () => T): Promise<T> {
    this.checkWritable();
    let begun = false;
    let abandoned = false;
    const written = this.#root.childTransaction(() => {
      begun = true;
      return abandoned ? null : job();
    });
    try {
      return await new Promise<T>((resolve, reject) => {
        const timer = setTimeout(() => {
          if (begun) return;
          abandoned = true;
          const text = `another process kept ${this.#options.directory} locked for ${patience} ms`;
          reject(new RollguardError("lock_timeout", text));
        }, patience);
        written
          .then(
            (result) => resolve(result as T),
            (error) => reject(heard(error)),
          )
          .finally(() => clearTimeout(timer));
      });
    } catch (error) {
      throw this.#asUnavailable(await reasonOf(error));
    }
  }

  /**
   * Runs a job that sees one commit, the newest.
   * @throws RollguardError `store_unavailable`
   */
  read<T>(job: () => T): T {
    if (this.#closed) throw this.#unavailable("it was closed");
    try {
      this.#root.resetReadTxn();
      return job();
    } catch (error) {
      throw this.#asUnavailable(error);
    }
  }

  /** @throws RollguardError `store_unavailable` when the files are not there any more */
  check(): void {
    this.#checkFile();
    this.read(() => this.tables.applications.getKeysCount({ limit: 1 }));
  }

  /**
   * Commits what is larger than most commits, and what frees its pages: LMDB gives them to the commit after that, so that
   * there is room for it where this succeeds, also on a disk that is full.
   * @throws as `write`
   */
  async probe(patience: number): Promise<void> {
    for (const text of [PROBE_TEXT, "..", "."]) {
      await this.write(patience, () => {
        void this.tables.probe?.put(PROBE, text);
        return {};
      });
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#root.close();
  }

  /** @throws RollguardError `store_unavailable` */
  checkWritable(): void {
    if (this.#options.readOnly) throw this.#unavailable("it was opened to be read only");
    if (this.#closed) throw this.#unavailable("it was closed");
    this.#checkFile();
  }

  /** LMDB would go on in files that have no name any more. */
  #checkFile(): void {
    const now = statSync(join(this.#options.directory, "data.mdb"), { throwIfNoEntry: false });
    if (now?.ino === this.#file.ino && now.dev === this.#file.dev) return;
    throw this.#unavailable("its files were removed or replaced: what is written now is lost, restart");
  }

  #asUnavailable(error: unknown): RollguardError {
    if (error instanceof RollguardError) return error;
    return this.#unavailable(reasonFor(error, this.#options.directory), error);
  }

  #unavailable(why: string, cause?: unknown): RollguardError {
    return new RollguardError("store_unavailable", `the data in ${this.#options.directory} failed: ${why}`, {
      cause,
    });
  }
}

export function cannotBeOpened(directory: string, cause: unknown): RollguardError {
  const why = reasonFor(cause, directory);
  if (isFull(cause, directory)) return new RollguardError("store_unavailable", why, { cause });
  return new RollguardError(
    "store_unavailable",
    `the data in ${directory} cannot be opened (${why}): let this user read and write there, ` +
      "or put back a backup of data.mdb; without one, move the directory away to begin again from the policy, which may raise " +
      "what was rolled back (docs/operations.md, The embedded store)",
    { cause },
  );
}

function openTables(root: RootDatabase<string, Uint8Array>): Tables {
  const tableIfThere = (name: string): Table | undefined => root.openDB<string, Uint8Array>(name, ENCODING);
  const table = (name: string): Table => {
    const opened = tableIfThere(name);
    if (opened === undefined) throw new Error(`it has no table "${name}"`);
    return opened;
  };
  const [applications, fields, events, outbox, claims] = TABLES;
  return {
    applications: table(applications),
    fields: table(fields),
    events: table(events),
    outbox: table(outbox),
    claims: table(claims),
    receipts: tableIfThere("receipts"),
    probe: tableIfThere("probe"),
  };
}

/** LMDB's reason for a failed commit comes by a promise of its own, to which nobody else listens. */
function heard(error: unknown): unknown {
  (error as FailedCommit).commitError?.catch(() => undefined);
  return error;
}

/** Why a commit failed, if LMDB says so soon. */
async function reasonOf(error: unknown): Promise<unknown> {
  const reason = (error as FailedCommit).commitError?.catch((cause: unknown) => cause);
  return reason === undefined ? error : Promise.race([reason, delay(100, error)]);
}

interface FailedCommit {
  readonly commitError?: Promise<never>;
}
