import { z } from "zod";
import { readCheckedFile } from "./checked-file.ts";

/** What `flags backup` writes, and what the server keeps before a deploy. */
export interface Backup {
  readonly application: string;
  readonly takenAt: string;
  readonly revision: number;
  readonly flags: readonly BackedUpFlag[];
}

export interface BackedUpFlag {
  readonly key: string;
  readonly enabled: boolean;
  readonly rolloutPercentage: number;
}

const flag = z.object({
  key: z.string("expected a flag's key").min(1, "expected a flag's key"),
  enabled: z.boolean("expected true or false"),
  rolloutPercentage: z
    .number("expected a number from 0 to 100")
    .min(0, "expected a number from 0 to 100")
    .max(100, "expected a number from 0 to 100"),
});

/** What else is in the file is welcome: an answer of GET …/flags does as well. */
const backup = z.object(
  {
    application: z.string("expected the application's name"),
    takenAt: z.string("expected a time").default(""),
    revision: z.int("expected a number of the ledger").min(0, "expected a number of the ledger").default(0),
    flags: z.array(flag, "expected a list of flags").min(1, "there is no flag in it"),
  },
  "expected what rollguard flags backup writes",
);

/** @throws Failure that names the place of everything that is wrong */
export function readBackupFile(path: string): Backup {
  const { value, failure } = readCheckedFile(path);
  const parsed = backup.safeParse(value);
  if (!parsed.success) throw failure(parsed.error.issues);
  const twice = repeatedKeys(parsed.data);
  if (twice.length > 0)
    throw failure(
      twice.map(([index, key]) => ({ path: ["flags", index, "key"], message: `"${key}" is there twice` })),
    );
  return parsed.data;
}

function repeatedKeys({ flags }: Backup): (readonly [index: number, key: string])[] {
  const seen = new Set<string>();
  return flags.flatMap(({ key }, index) => {
    if (seen.has(key)) return [[index, key] as const];
    seen.add(key);
    return [];
  });
}
