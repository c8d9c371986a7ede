import { unknownKeys } from "./unknown-keys.ts";

/** `rolback: stage` would be an alert that rolls nothing back, if it were let through. */
export const policyUnknownKey = unknownKeys(
  "policy/unknown-key",
  "policy",
  () => "docs/policy.md explains every key",
);
