import { z } from "zod";
import { policySchema } from "./policy-schema.ts";

/** The policy file's JSON Schema, as people write it: editors complete and check with it. */
export function policyJsonSchema(): Record<string, unknown> {
  const { $schema, ...rest } = z.toJSONSchema(policySchema, { io: "input" });
  return { $schema, ...rest };
}
