import type { Check } from "./finding.ts";
import type { LintSubject } from "./subject.ts";

const UNSTABLE: readonly (readonly [RegExp, string])[] = [
  [/\{\{|\$\{|<%/, "is made by a template"],
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i, "holds an identifier"],
  [/(19|20)\d\d[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12]\d|3[01])/, "holds a date"],
  [/\d{10,}/, "holds a time"],
  [/(^|[^0-9a-z])v?\d+\.\d+(\.\d+)?([^0-9a-z]|$)/i, "holds a version"],
  [/(^|[^0-9a-z])(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,40}([^0-9a-z]|$)/i, "holds a commit"],
];

/** Prometheus keeps `for` by group name: with a new name every alert starts to wait again, at each deployment. */
export const rulesGroup: Check<LintSubject> = {
  name: "rules/group-name",
  run({ groups }, report) {
    const seen = new Set<string>();
    for (const { name, path } of groups) {
      const place = [...path, "name"];
      const [, reason] = UNSTABLE.find(([pattern]) => pattern.test(name)) ?? [];
      if (reason !== undefined)
        report({
          severity: "warning",
          path: place,
          message: `the group's name ${reason}: when it changes, every pending alert waits from the start`,
          advice: "give the group a name that stays",
        });
      if (seen.has(name))
        report({
          severity: "error",
          path: place,
          message: `a second group is called "${name}": Prometheus refuses the file`,
          advice: "give each group a name of its own",
        });
      seen.add(name);
    }
  },
};
