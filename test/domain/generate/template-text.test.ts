import { describe, expect, it } from "@jest/globals";
import { literal, templated } from "../../../src/domain/generate/template-text.ts";

const ESCAPED = '{{"{{"}}';

describe("a text that may be a template", () => {
  it.each([
    "no braces at all",
    "{{ $value }} % of it",
    "{{$labels.instance}} and {{ .Value }}",
    "{{- $value -}}",
    "{{ $value | humanize }}",
    '{{ printf "%.2f" $value }}',
    '{{ humanizePercentage $value }} {{ "}}" }} {{ `}}` }}',
    '{{"{{"}} written by hand',
    "{{ (query `up`) }}{{ externalURL }}{{ pathPrefix }}",
    "{{/* a comment */}}",
    '{{ "\\"}}" }} and {{ `"}}` }}',
    "{{ if gt $value 1.0 }}much{{ else }}little{{ end }}",
    '{{ range query "up" }}{{ .Labels.job }}{{ end }}',
    '{{ with $x := "a" }}{{ $x }}{{ end }}',
    "{{ $x := $labels.job }}{{ $x }}",
    "{{ $.Labels.job }} {{ $.Value }}",
  ])("keeps %s", (text) => expect(templated(text)).toBe(text));

  it.each([
    ["{{ name }}", `${ESCAPED} name }}`],
    ["a {{ that never closes", `a ${ESCAPED} that never closes`],
    ["{{ .Values }}", `${ESCAPED} .Values }}`],
    ["{{ $values }}", `${ESCAPED} $values }}`],
    ["{{ humanize }}", `${ESCAPED} humanize }}`],
    ["{{}}", `${ESCAPED}}}`],
    ["{{ $value }} of {{ all }}, {{ $value }}", `{{ $value }} of ${ESCAPED} all }}, {{ $value }}`],
    ["{{{{", `${ESCAPED}${ESCAPED}`],
    ['{{ "open }} {{ $value }}', `${ESCAPED} "open }} {{ $value }}`],
    ["{{ `open }} {{ $value }}", `${ESCAPED} \`open }} {{ $value }}`],
    ['{{ "open }}', `${ESCAPED} "open }}`],
  ])("escapes %s", (text, escaped) => expect(templated(text)).toBe(escaped));
});

describe("a text that is no template", () => {
  it("loses nothing, whatever is in it", () => {
    expect(literal("{{ $value }} }} \" '\n")).toBe(`${ESCAPED} $value }} }} " '\n`);
  });
});
