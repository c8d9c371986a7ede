import { counted, fail, listed, type PreflightCheck, pass } from "./preflight-check.ts";

/**
 * A policy that is in force is valid; but what is on disk is what the next start would read, and what people believe
 * to be in force.
 * @param problems of the files as they are now, as `file:line:column: message`
 */
export async function checkPolicy(
  application: string,
  problems: () => readonly string[] | Promise<readonly string[]>,
): Promise<PreflightCheck> {
  let found: readonly string[];
  try {
    found = await problems();
  } catch (error) {
    return fail(
      "policy",
      `the policy files cannot be read: ${(error as Error).message}`,
      "see that ROLLGUARD_POLICY names them and that Rollguard may read them",
    );
  }
  if (found.length === 0)
    return pass("policy", `the policy of ${application} is in force, and valid on disk`);
  return fail(
    "policy",
    `${counted(found.length, "problem")} in the policy files on disk: ${listed(found)}`,
    "correct them (`rollguard lint` shows each in its place), then reload with POST /-/reload",
  );
}
