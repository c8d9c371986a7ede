import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

const CACHE = "node_modules/.cache/rollguard-python";

/**
 * A folder with the packages that a file pins, all of them. It is made once, and again when the file changes.
 * @returns its path, for PYTHONPATH
 */
export async function pythonPackages(requirements: string): Promise<string> {
  const digest = createHash("sha256").update(readFileSync(requirements)).digest("hex").slice(0, 16);
  const folder = resolve(CACHE, digest);
  if (existsSync(folder)) return folder;
  await mkdir(CACHE, { recursive: true });
  const made = await mkdtemp(join(CACHE, "making-"));
  const options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--target", made];
  try {
    await promisify(execFile)("python3", ["-m", "pip", "install", ...options, "--requirement", requirements]);
    await rename(made, folder);
  } catch (error) {
    await rm(made, { recursive: true, force: true });
    // Perhaps somebody else was faster.
    if (!existsSync(folder)) throw error;
  }
  return folder;
}
