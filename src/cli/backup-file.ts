import { z } from "zod";
import { readTextFile } from "../adapters/files/text-file.ts";
import { parseYaml, type YamlPath } from "../adapters/files/yaml-document.ts";
import { formatProblem, type Problem, sortProblems } from "../config/problem.ts";
import { Failure } from "./io.ts";

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

/** Far beyond ten thousand flags. */
const MAX_BYTES = 2 * 1024 ** 2;
const MOST_TOLD = 20;

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
  const { text, failure } = readTextFile(path, MAX_BYTES);
  if (text === null) throw new Failure(`${path} ${failure}`);
  // JSON is YAML too, and read as that it knows where everything stands.
  const document = parseYaml(text);
  const told = (problems: readonly Problem[]): Failure =>
    new Failure(sortProblems(problems).slice(0, MOST_TOLD).map(formatProblem).join("\n"));
  if (document.problems.length > 0)
    throw told(document.problems.map((problem) => ({ file: path, ...problem })));
  const at = (place: YamlPath, message: string): Problem => ({
    file: path,
    ...document.positionOf(place, "value"),
    message: place.length === 0 ? message : `${nameOf(place)}: ${message}`,
  });
  const parsed = backup.safeParse(document.value);
  if (!parsed.success) throw told(parsed.error.issues.map(({ path: place, message }) => at(place, message)));
  const twice = repeatedKeys(parsed.data);
  if (twice.length > 0)
    throw told(twice.map(([index, key]) => at(["flags", index, "key"], `"${key}" is there twice`)));
  return parsed.data;
}

/** `flags[3].enabled` */
function nameOf([first, ...rest]: YamlPath): string {
  return (
    String(first) + rest.map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`)).join("")
  );
}

function repeatedKeys({ flags }: Backup): (readonly [index: number, key: string])[] {
  const seen = new Set<string>();
  return flags.flatMap(({ key }, index) => {
    if (seen.has(key)) return [[index, key] as const];
    seen.add(key);
    return [];
  });
}
