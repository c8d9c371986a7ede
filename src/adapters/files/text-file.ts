import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

export type TextFile =
  | { readonly text: string; readonly failure: null; readonly advice: null }
  | { readonly text: null; readonly failure: string; readonly advice: string | null };

/**
 * The largest YAML that is read: twice the largest file of rules that people share, and forty times the policy of
 * Genesis. Usually it takes 1 second and 150 MB; of nothing but the shortest rules, 5 seconds and 500 MB.
 */
export const MAX_YAML_BYTES = 1_000_000;

const SPLIT = "split it: rules may be in any number of files, and a policy is of one application";

export interface FileList {
  /** Sorted by name. */
  readonly files: readonly string[];
  readonly isDirectory: boolean;
  /** Why there is no list. */
  readonly failure: string | null;
}

/** Reads a whole UTF-8 file of at most `maxBytes`; says in plain words why it cannot. Never throws. */
export function readTextFile(path: string, maxBytes: number): TextFile {
  try {
    const found = statSync(path);
    if (!found.isFile()) return failed(found.isDirectory() ? "is a directory" : "is no regular file");
    if (found.size > maxBytes)
      return failed(`is too large: ${found.size} bytes, and at most ${maxBytes} are read`, SPLIT);
    return {
      text: new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(path)),
      failure: null,
      advice: null,
    };
  } catch (error) {
    return failed(reasonOf(error));
  }
}

/** The path itself if it is a file; of a directory, the files directly in it. Never throws. */
export function filesAt(path: string): FileList {
  try {
    if (!statSync(path).isDirectory()) return { files: [path], isDirectory: false, failure: null };
    const entries = readdirSync(path, { withFileTypes: true }).filter((entry) => !entry.isDirectory());
    return { files: entries.map(({ name }) => join(path, name)).sort(), isDirectory: true, failure: null };
  } catch (error) {
    return { files: [], isDirectory: false, failure: reasonOf(error) };
  }
}

const REASONS: ReadonlyMap<string | undefined, string> = new Map([
  ["ENOENT", "does not exist"],
  ["ERR_ENCODING_INVALID_ENCODED_DATA", "is not UTF-8 text"],
  ["EACCES", "may not be read by this user"],
]);

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return REASONS.get(code) ?? `cannot be read: ${message}`;
}

function failed(failure: string, advice: string | null = null): TextFile {
  return { text: null, failure, advice };
}
