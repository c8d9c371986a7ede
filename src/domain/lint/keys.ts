import type { Path } from "./finding.ts";

/** The keys of a file that are there and should not be. */
export interface KeysSubject {
  readonly kind: "policy" | "rules" | "prometheus" | "alertmanager";
  readonly duplicateKeys: readonly DuplicateKey[];
  readonly unknownKeys: readonly UnknownKey[];
}

export interface DuplicateKey {
  /** Of the key itself. */
  readonly path: Path;
  /** Which one of those with the same path it is; 1 is the second. */
  readonly occurrence: number;
}

export interface UnknownKey {
  /** Of the key itself. */
  readonly path: Path;
  /** What might stand there. */
  readonly known: readonly string[];
  /** The one of these that was probably meant. */
  readonly nearest: string | undefined;
}
