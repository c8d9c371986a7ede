import type { Check } from "./finding.ts";
import type { KeysSubject, UnknownKey } from "./keys.ts";

/** A check that tells the keys which a kind of file does not have. */
export function unknownKeys(
  name: string,
  kind: KeysSubject["kind"],
  adviceOn: (key: UnknownKey) => string,
): Check<KeysSubject> {
  return {
    name,
    run(subject, report) {
      if (subject.kind !== kind) return;
      for (const key of subject.unknownKeys)
        report({
          severity: "error",
          path: key.path,
          part: "key",
          message: unknownKeyMessage(String(key.path.at(-1)), key.nearest),
          advice: adviceOn(key),
        });
    },
  };
}

/** In the words of whoever loads a policy, too. */
export function unknownKeyMessage(key: string, nearest: string | undefined): string {
  return `unknown key "${key}"${nearest === undefined ? "" : `; did you mean "${nearest}"?`}`;
}
