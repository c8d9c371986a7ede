import { describe, expect, it } from "@jest/globals";
import { didYouMean } from "../../../src/config/did-you-mean.ts";
import { RULE_CHECKS } from "../../../src/domain/lint/checks.ts";
import { said, type TestSubject } from "./subjects.ts";

const MINUTE = 60_000;

const annotated = (summary: string, kind: "policy" | "rules" = "policy"): TestSubject => ({
  kind,
  alerts: [{ annotations: { summary } }],
  didYouMean,
});

/** For each check: what it prevents, shown by a subject and what it must say of it; nothing where all is well. */
const cases: Record<string, Record<string, [TestSubject, ...string[]]>> = {
  "alerts/for": {
    "a rollback after one bad sample, and one that comes later than it says": [
      {
        alerts: [
          { for: 0, rollback: "stage" },
          { for: 20_000, rollback: "stage" },
        ],
      },
      "error alerts.0.for: rolls back after a single bad evaluation",
      "warning alerts.1.for: 20s is no multiple of the evaluation interval of 15s, and waits for the next one",
    ],
    "nothing for other alerts, multiples, and what cannot be known": [
      {
        alerts: [
          { for: 0 },
          { for: null, rollback: "stage" },
          { rollback: "stage" },
          { for: 7_000, rollback: "stage", evaluationInterval: null },
        ],
      },
    ],
  },
  "alerts/value-in-label": {
    "an alert that is a new one at each evaluation": [
      {
        alerts: [
          { labels: { value: "now {{ $value }}", also: "{{ .Value | humanize }}", ok: "{{ $labels.job }}" } },
        ],
      },
      'error alerts.0.labels.value «{{ $value }}»: the label "value" changes with the value, so every evaluation begins a new alert',
      'error alerts.0.labels.also «{{ .Value | humanize }}»: the label "also" changes with the value, so every evaluation begins a new alert',
    ],
  },
  "alerts/severity": {
    "an alert that no route knows": [
      { alerts: [{ labels: {} }, { labels: { severity: " " } }, {}] },
      "warning alerts.0.alert: Alert0 has no severity, by which Alertmanager and Rollguard route",
      "warning alerts.1.alert: Alert1 has no severity, by which Alertmanager and Rollguard route",
    ],
  },
  "alerts/summary": {
    "a page that says nothing": [
      { alerts: [{ annotations: {} }, { annotations: { title: "It fails" } }] },
      "warning alerts.0.alert: Alert0 has no summary: whoever is paged sees its name only",
    ],
  },
  "alerts/runbook": {
    "somebody who is paged and does not know what to do": [
      { alerts: [{ annotations: {} }, {}] },
      "warning alerts.0.alert: Alert0 has no runbook",
    ],
  },
  "alerts/template": {
    "a misspelt variable, which people would read instead of a number": [
      {
        alerts: [{ annotations: { summary: "at {{ $vaule }} %" }, labels: { team: "of {{ $lables.job }}" } }],
        didYouMean,
      },
      'error alerts.0.labels.team «$lables.job»: templates have no variable "$lables"; did you mean "$labels.job"?',
      'error alerts.0.annotations.summary «$vaule»: templates have no variable "$vaule"; did you mean "$value"?',
    ],
    "labels without their map": [
      annotated("{{ $instance }}, {{ $alert.job }}"),
      'error alerts.0.annotations.summary «$instance»: templates have no variable "$instance"; did you mean "$labels.instance"?',
      'error alerts.0.annotations.summary «$alert.job»: templates have no variable "$alert"; did you mean "$labels.job"?',
    ],
    "a misspelt field": [
      annotated("{{ .value }} {{ .Release.Name }} {{ $value | printf .Lables.job }}"),
      'error alerts.0.annotations.summary «.value»: templates have no field ".value"; did you mean ".Value"?',
      'error alerts.0.annotations.summary «.Release.Name»: templates have no field ".Release"',
      'error alerts.0.annotations.summary «.Lables.job»: templates have no field ".Lables"; did you mean ".Labels.job"?',
    ],
    "a misspelt function": [
      annotated("{{ humanise $value }} {{ $value | toUper }} {{ print (frobnicate 1.5) }}"),
      'error alerts.0.annotations.summary «humanise»: templates have no function "humanise"; did you mean "humanize"?',
      'error alerts.0.annotations.summary «toUper»: templates have no function "toUper"; did you mean "toUpper"?',
      'error alerts.0.annotations.summary «frobnicate»: templates have no function "frobnicate"',
    ],
    "a variable that lacks its sign": [
      annotated("{{ valeu }} {{ frobnicate }} {{- labels.job -}} {{ value | humanize }}"),
      'warning alerts.0.annotations.summary «valeu»: "valeu" is no variable; did you mean "$value"?',
      'warning alerts.0.annotations.summary «labels.job»: "labels.job" is no variable; did you mean "$labels.job"?',
      'error alerts.0.annotations.summary «value»: "value" is no variable; did you mean "$value"?',
    ],
    "what Prometheus would refuse in a rule file": [
      annotated("{{ value }}", "rules"),
      'error alerts.0.annotations.summary «value»: "value" is no variable; did you mean "$value"?',
    ],
    "a misspelt variable in a block, beside those that it declares": [
      annotated(
        '{{ range $i, $x := query "up" }}{{ $i }}{{ .Anything }}{{ $x.Labels.job }}{{ $y }}{{ end }}',
      ),
      'error alerts.0.annotations.summary «$y»: templates have no variable "$y"; did you mean "$labels.y"?',
    ],
    "the end of a block that does not begin": [
      annotated("{{ fi $value }}much{{ end }}"),
      'error alerts.0.annotations.summary «fi»: templates have no function "fi"',
      'warning alerts.0.annotations.summary «end»: "end" stands in no block',
    ],
    "nothing in what Prometheus knows": [
      annotated(
        '{{ $value | printf "%.2f $vaule" }} {{ `$x` }} {{/* $x .y */}} {{ $labels.any | title }} {{ .Labels.job }} {{ $.Value }} {{ $externalURL }} {{ (index $labels "a").b }} {{ not true }} {{- /* $y */ -}}',
      ),
    ],
    "nothing, in bounded time, in a text that is made to hurt": [
      annotated(["{{".repeat(200_000), '"{{'.repeat(200_000), `{{ ${"a ".repeat(200_000)}}}`].join("}}")),
    ],
    "nothing in text that happens to stand in braces": [
      annotated("{{ brace, {{ all }} {{ them: see .gitignore, for $5 }} {{ }} {{ ... }} {{ 1.5 }}"),
    ],
  },
  "alerts/warning-first": {
    "a warning that comes too late to warn": [
      {
        alerts: [
          { expr: "rate > 5", labels: { severity: "warning" } },
          { expr: "pass < 95", labels: { severity: "warning" } },
          { expr: "rate > $limit", rollback: "stage", limits: [1, 5] },
          { expr: "95 >= pass" },
        ],
      },
      "warning alerts.0.expr «5»: warns at 5, when Alert2 already fires at 5",
      "warning alerts.1.expr «95»: warns at 95, when Alert3 already fires at 95",
    ],
    "nothing where the warning comes first, or they cannot be compared": [
      {
        alerts: [
          { expr: "rate > 1 or pass < 98", labels: { severity: "warning" } },
          { expr: "rate > 5 or pass <= 95 or rate == 0 or sum(x) > 1", rollback: "stage" },
          { expr: "rate > $limit", rollback: "stage" },
          { expr: "rate > 0.1 and small == 1", rollback: "stage" },
          { expr: "rate < 9 and", rollback: "stage" },
          { expr: "pass > 1", labels: {} },
        ],
      },
    ],
  },
  "alerts/detection-budget": {
    "a rollback that comes later than the policy promises": [
      {
        alerts: [
          { for: 5 * MINUTE, rollback: "stage" },
          { rollback: "stage" },
          { for: 9 * MINUTE },
          { for: null, rollback: "stage" },
        ],
        budget: {
          scrapeInterval: 5_000,
          evaluationInterval: 15_000,
          groupWait: 30_000,
          maxTimeToRollback: 5 * MINUTE,
        },
      },
      "error alerts.0.for: Alert0 reaches its rollback after 5m50s, and rollbacks.maxTimeToRollback is 5m",
    ],
    "nothing where nobody has set a budget": [{ alerts: [{ for: 60 * MINUTE, rollback: "stage" }] }],
  },
  "rules/group-name": {
    "alerts that wait anew after each deployment": [
      {
        groups: [
          "a-{{ .Release }}",
          "2f1b3c4d-0000-4000-8000-000000000000",
          "x-2025-10-18",
          "b1760781600",
          "v1.2.3",
          "c-9f86d08",
        ].map((name, index) => ({ name, path: ["groups", index] })),
      },
      "warning groups.0.name: the group's name is made by a template: when it changes, every pending alert waits from the start",
      "warning groups.1.name: the group's name holds an identifier: when it changes, every pending alert waits from the start",
      "warning groups.2.name: the group's name holds a date: when it changes, every pending alert waits from the start",
      "warning groups.3.name: the group's name holds a time: when it changes, every pending alert waits from the start",
      "warning groups.4.name: the group's name holds a version: when it changes, every pending alert waits from the start",
      "warning groups.5.name: the group's name holds a commit: when it changes, every pending alert waits from the start",
    ],
    "a name that is there twice": [
      {
        groups: [
          { name: "web.rules", path: ["groups", 0] },
          { name: "web.rules", path: ["groups", 1] },
        ],
      },
      'error groups.1.name: a second group is called "web.rules": Prometheus refuses the file',
    ],
  },
  "prometheus/duration": {
    "a duration that Prometheus refuses, and every rule with it": [
      {
        durations: [
          { path: ["for"], text: "5 minutes" },
          { path: ["for"], text: "30m1h" },
          { path: ["for"], text: "1h30m" },
        ],
      },
      'error for: "5 minutes" is no duration',
      'error for: "30m1h" is no duration',
    ],
  },
  "scrape/timeout": {
    "a Prometheus that does not start": [
      {
        scrapes: [
          { path: ["timeout"], interval: 5_000, timeout: 10_000 },
          { path: ["timeout"], interval: 5_000, timeout: 5_000 },
        ],
      },
      "error timeout: the scrape timeout of 10s is longer than the interval of 5s: Prometheus refuses it",
    ],
  },
  "dashboard/threshold": {
    "a panel that contradicts the alerts": [
      {
        alerts: [
          { expr: "rate > 1", rollback: "stage" },
          { expr: "rate > 0.5", labels: { severity: "warning" } },
          { expr: "cpu > 80", labels: { severity: "warning" } },
        ],
        gates: [{ metric: "other", value: 3 }],
        panels: [
          { title: "Errors", metric: "rate", thresholds: { yellow: 0.1, red: 2 } },
          { title: "CPU", metric: "cpu", thresholds: { yellow: 60, red: 90 } },
        ],
      },
      'warning alerts.0.expr «1»: the panel "Errors" turns red at 2, Alert0 fires at 1',
      'warning alerts.1.expr «0.5»: the panel "Errors" turns yellow at 0.1, Alert1 fires at 0.5',
      'warning alerts.2.expr «80»: the panel "CPU" turns red at 90, Alert2 fires at 80',
    ],
    "nothing where panel, alerts and gate agree, or no alert knows the metric": [
      {
        alerts: [
          { expr: "rate > 1", rollback: "stage" },
          { expr: "rate > 0.5", labels: { severity: "warning" } },
        ],
        gates: [{ metric: "rate", value: 0.1 }],
        panels: [
          { title: "Errors", metric: "rate", thresholds: { yellow: 0.1, red: 1 } },
          { title: "Other", metric: "other", thresholds: { yellow: 1, red: 2 } },
        ],
      },
    ],
  },
};

for (const [check, table] of Object.entries(cases)) {
  describe(check, () => {
    for (const [what, [subject, ...expected]] of Object.entries(table))
      it(`finds ${what}`, () => expect(said(check, subject)).toEqual(expected));
  });
}

it("shows the failure that each check prevents", () => {
  const names = RULE_CHECKS.map(({ name }) => name).filter(
    (name) => !/^(promql|metrics|gates|verify)\/|^alerts\/(for-window|low-traffic)$/.test(name),
  );
  expect(Object.keys(cases).sort()).toEqual(names.sort());
});
