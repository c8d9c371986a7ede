import { unknownKeys } from "./unknown-keys.ts";

/** Prometheus refuses the whole file for `fro: 5m`, and goes on with the rules that it has, or with none. */
export const rulesUnknownKey = unknownKeys(
  "rules/unknown-key",
  "rules",
  ({ known }) => `Prometheus knows ${known.join(", ")} here, and refuses the file`,
);
