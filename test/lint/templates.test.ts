import { describe, expect, it } from "@jest/globals";
import { marked } from "../config/marked-policy.ts";
import { cpuSeconds } from "../support/cpu-seconds.ts";
import { GOOD, lintText, placesOf } from "./lint-text.ts";

const withSummary = (yaml: string): string => GOOD.replace("summary: Errors,", `summary: ${yaml},`);

const RULES = (summary: string): string => `groups:
  - name: shop
    rules:
      - alert: ErrorsSpike
        expr: errors > 1
        labels: { severity: critical }
        annotations: { summary: ${summary}, runbook_url: docs/x.md }
`;

describe("promtool reads a policy's texts as generate writes them", () => {
  const good = [
    '"{{ brace"',
    '"{{ braces }} and {{"',
    '"{{ $value }} of {{ $labels.kind }}, {{ all }}"',
    `'{{"{{"}} by hand'`,
    '"{{ $x := $labels.job }}{{ $x | title }}"',
    '"{{ with $labels }}{{ .job }}{{ end }}"',
  ];
  for (const text of good)
    it(`and has nothing against ${text}`, async () =>
      expect(await lintText(withSummary(text), true)).toEqual([]));

  it("but a rule file as it is: nothing escapes it there", async () => {
    expect(placesOf(await lintText(RULES('"{{ brace"'), true))).toEqual(["7:33 promtool/rules"]);
  });
});

describe("a misspelt variable", () => {
  const told = async (source: string, promtool: boolean) => {
    const { text, places } = marked(source);
    const problems = await lintText(text, promtool);
    return {
      places: places.map((place) => `${place} alerts/template`),
      found: placesOf(problems),
      parts: problems.map(({ line, column, endColumn }) =>
        (text.split("\n")[line - 1] ?? "").slice(column - 1, endColumn - 1),
      ),
      messages: problems.map(({ message }) => message),
    };
  };

  for (const promtool of [false, true]) {
    it(`is told at its place in the policy, once${promtool ? ", promtool or not" : ""}`, async () => {
      const { places, found, parts, messages } = await told(
        withSummary('"at \\"{{ ¦$vaule }}\\", {{ ¦$lables.job }}"'),
        promtool,
      );
      expect(found).toEqual(places);
      expect(parts).toEqual(["$vaule", "$lables.job"]);
      expect(messages[0]).toBe('templates have no variable "$vaule"; did you mean "$value"?');
      expect(messages[1]).toBe('templates have no variable "$lables"; did you mean "$labels.job"?');
    });

    it(`is told in a rule file${promtool ? ", and not once more by promtool" : ""}`, async () => {
      const { places, found } = await told(RULES('"at {{ ¦$vaule }}"'), promtool);
      expect(found).toEqual(places);
    });
  }

  it("is told in a block and in a label, where promtool would only name the annotation", async () => {
    const source = withSummary('"{{ if gt ¦$vaule 1.0 }}much{{ end }}"').replace(
      "labels: { severity: critical }\n    annotations: { summary: No",
      'labels: { severity: critical, team: "{{ ¦$label.team }}" }\n    annotations: { summary: No',
    );
    const { places, found } = await told(source, true);
    expect(found).toEqual(places);
  });

  it("is told a thousand times at most, and soon, of a text that is made of them", async () => {
    const before = cpuSeconds();
    const problems = await lintText(withSummary(`"${"{{ $x }}".repeat(100_000)}"`));
    expect(cpuSeconds() - before).toBeLessThan(20);
    expect(problems).toHaveLength(1_001);
    expect(problems.at(-2)).toMatchObject({ line: 12, endColumn: expect.any(Number) });
  });

  it("can be allowed, for braces that are meant", async () => {
    const text = withSummary('"{{ $vaule }}"').replace(
      "  - alert: ErrorsSpike",
      "  # rollguard: allow alerts/template because our pager fills it in.\n  - alert: ErrorsSpike",
    );
    expect(await lintText(text, true)).toEqual([]);
  });
});
