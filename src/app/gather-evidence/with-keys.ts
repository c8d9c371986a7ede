import type { Evidence } from "../../domain/evidence.ts";
import type { Policy } from "../../domain/policy.ts";
import type { FlagEvaluations } from "../flag-evaluations.ts";
import type { FlagSnapshots } from "../flag-snapshots.ts";

interface Served {
  readonly flags: FlagSnapshots;
  readonly evaluations: FlagEvaluations;
}

/** With the users of the traffic flag whom this responder knows; the same where it knows none. */
export async function withKeys(
  evidence: Evidence,
  { application }: Policy,
  { flags, evaluations }: Served,
): Promise<Evidence> {
  const served = await flags.get(application.name);
  const flag = served?.set.flags.get(application.trafficFlag);
  const keys = flag === undefined ? undefined : evaluations.keysOf(application.name, flag);
  return keys === undefined ? evidence : { ...evidence, keys };
}
