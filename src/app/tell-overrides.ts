import { overrideVariableOf } from "../domain/override.ts";
import type { Policy } from "../domain/policy.ts";
import type { Logger } from "./ports.ts";

/** Somebody set them for an hour and forgot: they are said at every start, and at every reload. */
export function tellOverrides(policies: readonly Policy[], logger: Logger): void {
  const overrides = policies.flatMap(({ application, flags }) =>
    [...flags.values()].flatMap(({ key, override }) =>
      override === null
        ? []
        : [{ application: application.name, flag: key, override, variable: overrideVariableOf(key) }],
    ),
  );
  if (overrides.length > 0)
    logger.warn(
      { overrides },
      "environment overrides are in force: no rollback or rollout moves these flags",
    );
}
