import { describe, expect, it } from "@jest/globals";
import { KEY_CHECKS } from "../../../src/domain/lint/checks.ts";
import type { KeysSubject } from "../../../src/domain/lint/keys.ts";
import { saidOfKeys } from "./subjects.ts";

const keys = (kind: KeysSubject["kind"], rest: Partial<KeysSubject>): KeysSubject => ({
  kind,
  duplicateKeys: [],
  unknownKeys: [],
  ...rest,
});

const misspelt = (key: string, nearest?: string) => ({
  path: ["alerts", 0, key],
  known: ["for", "rollback"],
  nearest,
});

/** For each check: what it prevents, shown by a subject and what it must say of it; nothing where all is well. */
const cases: Record<string, Record<string, [KeysSubject, ...string[]]>> = {
  "yaml/duplicate-key": {
    "a flag that is lost because another one has its name": [
      keys("policy", {
        duplicateKeys: [
          { path: ["flags", "cache"], occurrence: 1 },
          { path: ["flags", "cache"], occurrence: 2 },
        ],
      }),
      'error key 1 of flags.cache: duplicate key "cache" = keep one of them: YAML readers differ in which one they take',
      'error key 2 of flags.cache: duplicate key "cache" = keep one of them: YAML readers differ in which one they take',
    ],
    "a route that is lost, in any kind of file": [
      keys("alertmanager", { duplicateKeys: [{ path: ["route"], occurrence: 1 }] }),
      'error key 1 of route: duplicate key "route" = keep one of them: YAML readers differ in which one they take',
    ],
  },
  "policy/unknown-key": {
    "an alert that rolls nothing back because of a slip, with what was meant": [
      keys("policy", { unknownKeys: [misspelt("rolback", "rollback"), misspelt("colour")] }),
      'error key 0 of alerts.0.rolback: unknown key "rolback"; did you mean "rollback"? = docs/policy.md explains every key',
      'error key 0 of alerts.0.colour: unknown key "colour" = docs/policy.md explains every key',
    ],
    "nothing in a rule file, which has a check of its own": [
      keys("rules", { unknownKeys: [misspelt("fro", "for")] }),
    ],
  },
  "rules/unknown-key": {
    "a rule file that Prometheus refuses, with what it knows": [
      keys("rules", { unknownKeys: [misspelt("fro", "for")] }),
      'error key 0 of alerts.0.fro: unknown key "fro"; did you mean "for"? = Prometheus knows for, rollback here, and refuses the file',
    ],
    "nothing in a policy": [keys("policy", { unknownKeys: [misspelt("rolback", "rollback")] })],
  },
};

for (const [check, table] of Object.entries(cases)) {
  describe(check, () => {
    for (const [what, [subject, ...expected]] of Object.entries(table))
      it(`finds ${what}`, () => expect(saidOfKeys(check, subject)).toEqual(expected));
    it("finds nothing among good keys", () => expect(saidOfKeys(check, keys("policy", {}))).toEqual([]));
  });
}

it("shows the failure that each check prevents", () => {
  expect(Object.keys(cases).sort()).toEqual(KEY_CHECKS.map(({ name }) => name).sort());
});
