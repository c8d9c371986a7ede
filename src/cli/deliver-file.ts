import { writeFileSync } from "node:fs";
import { writeFileAtomically } from "../adapters/files/written-files.ts";
import type { FlagsOptions } from "./flags-options.ts";
import { Failure, type Io, lines, UsageError } from "./io.ts";

/**
 * Writes a text to the file of `--out`, or else to standard output.
 * @param what has been written, in words: `3 flags of shop`
 * @throws Failure when the file is there already, and it was not forced
 */
export function deliverFile(
  text: string,
  what: string,
  { out, force }: Pick<FlagsOptions, "out" | "force">,
  io: Io,
): void {
  if (out === undefined) {
    io.stdout(text);
    return;
  }
  write(out, text, force === true);
  io.stdout(lines(`${what} written to ${out}`));
}

/** @throws UsageError before anything is asked */
export function checkForce({ out, force }: Pick<FlagsOptions, "out" | "force">): void {
  if (force && out === undefined) throw new UsageError("--force is for --out FILE");
}

function write(path: string, text: string, overwrite: boolean): void {
  try {
    if (overwrite) writeFileAtomically(path, text);
    else writeFileSync(path, text, { flag: "wx" });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") throw new Failure(`${path} exists already: name another file, or say --force`);
    throw new Failure(`${path} cannot be written: ${message}`);
  }
}
