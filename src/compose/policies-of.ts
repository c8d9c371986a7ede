import { loadPoliciesInForce } from "../config/overrides.ts";
import type { Settings } from "../config/settings.ts";
import { StartError } from "../config/start-error.ts";
import type { Policy } from "../domain/policy.ts";

/**
 * The policies as they are in force, with the environment's overrides.
 * @throws StartError with every problem of them
 */
export function policiesOf({ policy, environment }: Settings): readonly Policy[] {
  const { policies, problems } = loadPoliciesInForce(policy, environment);
  if (problems.length > 0) throw new StartError(problems);
  return policies;
}
