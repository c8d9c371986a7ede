import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { pythonPackages } from "../../test/support/python-packages.ts";
import type { GrowthBookCase } from "./judges/growthbook.ts";

const REQUIREMENTS = fileURLToPath(new URL("requirements.txt", import.meta.url));
const SCRIPT = fileURLToPath(new URL("ask-gbstats.py", import.meta.url));

/**
 * Whether GrowthBook's library decides as our words for its formula do.
 * @returns in words; where there is no Python or no registry, the reason why it was not asked
 */
export async function askGrowthBook(cases: readonly GrowthBookCase[]): Promise<string> {
  if (cases.length === 0) return "gbstats 0.8.0 was not asked: there was nothing to decide";
  try {
    const packages = await pythonPackages(REQUIREMENTS);
    const answer = execFileSync("python3", [SCRIPT], {
      input: JSON.stringify(cases),
      env: { ...process.env, PYTHONPATH: packages },
      maxBuffer: 2 ** 26,
      stdio: ["pipe", "pipe", "pipe"],
    });
    const red = JSON.parse(answer.toString()) as boolean[];
    const same = cases.filter(({ isRed }, index) => isRed === red[index]).length;
    return `gbstats 0.8.0 itself decides the same at ${same} of ${cases.length} decisive moments`;
  } catch (error) {
    const [reason] = (error instanceof Error ? error.message : String(error)).split("\n");
    return `gbstats 0.8.0 was not asked: ${reason}`;
  }
}
