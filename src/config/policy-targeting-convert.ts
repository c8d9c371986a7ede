import type { z } from "zod";
import type { Ramp } from "../domain/ramp.ts";
import { parseSemVer, type SemVer } from "../domain/semver.ts";
import type { AttributeTest, Targeting } from "../domain/targeting.ts";
import type { rampSchema, targetingSchema } from "./policy-targeting-schema.ts";

type WrittenTargeting = z.output<typeof targetingSchema>;

export function toTargeting({ users, regions, rules }: WrittenTargeting): Targeting {
  return {
    users: new Set(users),
    regions: new Set(regions),
    rules: rules.map((rule) => ({
      attribute: rule.attribute,
      test: toTest(rule),
      serve: rule.serve === "on",
    })),
  };
}

/** The rules have seen to it that there is one, and the schema that a version is one. */
function toTest({
  in: within,
  notIn,
  prefix,
  semverAtLeast,
}: WrittenTargeting["rules"][number]): AttributeTest {
  if (within !== undefined) return { kind: "in", values: new Set(within) };
  if (notIn !== undefined) return { kind: "notIn", values: new Set(notIn) };
  if (prefix !== undefined) return { kind: "prefix", prefixes: prefix };
  return { kind: "semverAtLeast", version: parseSemVer(semverAtLeast as string) as SemVer };
}

export function toRamp({ shape, points }: z.output<typeof rampSchema>): Ramp {
  return { shape, points };
}
