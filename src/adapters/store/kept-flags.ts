import { readFileSync } from "node:fs";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { FlagKeeper, KeptFlags } from "../../app/flag-keeping.ts";
import type { KnownCommit } from "../../app/known-commit.ts";
import { folderOf } from "./embedded/archive-names.ts";

interface FileKeeperOptions {
  /** Made when it is needed. */
  readonly directory: string;
  /** Told of a file that is there and is of no use. */
  readonly warn: (message: string) => void;
}

/** Members that are not known are welcome: a newer version wrote them. One that is missing makes the whole file useless. */
const KEPT = z.object({
  application: z.string(),
  revision: z.int().min(0),
  knownAt: z.number(),
  commit: z.object({ epoch: z.string(), revision: z.int().min(0), stamp: z.string() }).optional(),
  flags: z.array(
    z.object({
      key: z.string(),
      enabled: z.boolean(),
      rolloutPercentage: z.number().min(0).max(100),
      updatedAt: z.number(),
      updatedBy: z.string(),
      quarantinedBy: z.string().nullable(),
    }),
  ),
});

/** Keeps flags in `<directory>/<application>.json`, for their owner's eyes only. */
export function createFileKeeper({ directory, warn }: FileKeeperOptions): FlagKeeper {
  const fileOf = (application: string): string => join(directory, `${folderOf(application)}.json`);
  return {
    async read(application) {
      const file = fileOf(application);
      try {
        const kept = keptIn(await readFile(file, "utf8"), application);
        if (kept !== null) return kept;
        warn(`${file}: damaged, and not used: while the store is away only flags that are safe are on`);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT")
          warn(`${file}: cannot be read: ${(error as Error).message}`);
      }
      return null;
    },
    async write(application, kept) {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      await writeWhole(fileOf(application), `${JSON.stringify(writtenOf(application, kept))}\n`);
    },
  };
}

/**
 * The commit that kept flags belong to: where the store has it no more it has lost what was acknowledged, whoever was
 * restarted since. Undefined where nothing was ever committed, or nothing is kept.
 */
export function keptCommit(directory: string, application: string): KnownCommit | undefined {
  try {
    const file = join(directory, `${folderOf(application)}.json`);
    const kept = keptIn(readFileSync(file, "utf8"), application);
    return kept !== null && kept.revision > 0 ? kept.commit : undefined;
  } catch {
    // Who reads the flags from there tells why it cannot.
    return undefined;
  }
}

/** Null when it is damaged. Half of the flags would be worse than none: those that are missing may have been killed. */
function keptIn(text: string, application: string): KeptFlags | null {
  const parsed = KEPT.safeParse(jsonOf(text));
  if (!parsed.success || parsed.data.application !== application) return null;
  const { revision, knownAt, commit, flags } = parsed.data;
  const kept = { revision, knownAt, flags: new Map(flags.map(({ key, ...flag }) => [key, flag])) };
  return commit === undefined ? kept : { ...kept, commit };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function writtenOf(
  application: string,
  { revision, knownAt, commit, flags }: KeptFlags,
): z.input<typeof KEPT> {
  return {
    application,
    revision,
    knownAt,
    commit,
    flags: [...flags].map(([key, flag]) => ({ key, ...flag })),
  };
}

/** Whoever reads it sees the old text or the new one; so does who reads it after the power failed. */
async function writeWhole(file: string, text: string): Promise<void> {
  const unfinished = `${file}.${process.pid}.unfinished`;
  try {
    const handle = await open(unfinished, "w", 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}
