import type { Check } from "./finding.ts";
import type { KeysSubject } from "./keys.ts";

/** Of two equal keys one is lost, silently, and which one depends on who reads the file. */
export const yamlDuplicateKey: Check<KeysSubject> = {
  name: "yaml/duplicate-key",
  run({ duplicateKeys }, report) {
    for (const { path, occurrence } of duplicateKeys)
      report({
        severity: "error",
        path,
        part: "key",
        occurrence,
        message: `duplicate key "${path.at(-1)}"`,
        advice: "keep one of them: YAML readers differ in which one they take",
      });
  },
};
