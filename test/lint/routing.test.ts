import { describe, expect, it } from "@jest/globals";
import type { Version } from "../../src/domain/generate/versions.ts";
import { GOOD, lintTexts } from "./lint-text.ts";

const RECEIVERS = `receivers:
  - name: people
    pagerduty_configs: [{ routing_key_file: /run/secrets/pagerduty }]
  - name: rollguard
    webhook_configs: [{ url_file: /run/secrets/url }]
`;

async function said(routes: string, policy = GOOD): Promise<string[]> {
  const { problems } = await lintTexts({ "alertmanager.yml": `${routes}${RECEIVERS}`, "shop.yaml": policy });
  return problems.map(({ file, line, check }) => `${file}:${line} ${check}`);
}

const route = (child: string, root = ""): string =>
  `route:\n  receiver: people\n${root}  routes:\n    - { receiver: rollguard, continue: true, ${child} }\n    - { receiver: people }\n`;

describe("an alertmanager.yml and the policy whose alerts it routes", () => {
  const good: Record<string, string> = {
    "a list of matchers": "group_wait: 0s, matchers: ['rollback=~\".+\"']",
    "one matcher": "group_wait: 0s, matchers: 'rollback!=\"\"'",
    "matchers in braces": "group_wait: 0s, matchers: '{rollback=~\".+\", severity=critical}'",
    "quoted names": 'group_wait: 0s, matchers: [\'"rollback"=~".+"\']',
    "the old match_re": "group_wait: 0s, match_re: { rollback: .+ }",
    "the old match": "group_wait: 0s, match: { application: shop, rollback: safe-state }",
  };
  for (const [what, child] of Object.entries(good))
    it(`are in order with ${what}`, async () => expect(await said(route(child))).toEqual([]));

  it("are told when the routes miss the trigger", async () => {
    expect(await said(route("group_wait: 0s, matchers: [rollback=stage]"))).toEqual([
      "alertmanager.yml:1 alertmanager/rollback-route",
    ]);
  });

  const toRollguard = "group_wait: 0s, matchers: ['rollback=~\".+\"']";

  it("are told when the pager of a trigger sleeps at night, or is awake by day only", async () => {
    for (const interval of ["mute_time_intervals: [nights]", "active_time_intervals: [days]"]) {
      const muted = route(toRollguard).replace(
        "- { receiver: people }",
        `- { receiver: people, ${interval} }`,
      );
      expect(await said(muted)).toEqual(["alertmanager.yml:5 alertmanager/muted"]);
    }
  });

  it("are told when the page of a trigger is inhibited", async () => {
    const inhibited = `${route(toRollguard)}inhibit_rules:
  - { source_matchers: [alertname="Maintenance"], target_matchers: ['severity="critical"'], equal: [application] }
`;
    const { problems } = await lintTexts({
      "alertmanager.yml": `${inhibited}${RECEIVERS}`,
      "shop.yaml": GOOD,
    });
    expect(problems).toMatchObject([
      {
        line: 7,
        check: "alertmanager/inhibited",
        message: "this rule can suppress ErrorsSpike, and with it the rollback and the page",
      },
    ]);
  });

  it("are told of a receiver that Rollguard shares, and of a template that is not filled in", async () => {
    const shared = RECEIVERS.replace(
      "[{ url_file: /run/secrets/url }]",
      `
      - url: http://chat.example.com/hook
      - url: http://rollguard:9095/api/v1/applications/{{ .CommonLabels.application }}/alerts`,
    ).concat(`  - name: watchdog
    webhook_configs: [{ url: http://chat.example.com }, { url: http://rollguard:9095/api/v1/watchdog }]
`);
    const files = {
      "alertmanager.yml": `${route(`${toRollguard} }\n    - { receiver: watchdog, matchers: [x=y]`)}${shared}`,
      "shop.yaml": GOOD,
    };
    const lint = async (alertmanager?: Version) =>
      (await lintTexts(files, { alertmanager })).problems.map(
        ({ line, severity, check }) => `${line} ${severity} ${check}`,
      );
    const told = (severity: string) => [
      "13 warning alertmanager/shared-receiver",
      `13 ${severity} alertmanager/template-url`,
      "15 warning alertmanager/shared-receiver",
    ];
    expect(await lint()).toEqual(told("info"));
    expect(await lint({ major: 0, minor: 25 })).toEqual(told("warning"));
  });

  it("count the time that Alertmanager waits", async () => {
    const slow = route("matchers: [rollback!='']", "  group_wait: 5m\n");
    expect(
      await said(slow.replaceAll("''", '""').replace("[rollback", "['rollback").replace('""]', '""\']')),
    ).toEqual(["shop.yaml:9 alerts/detection-budget"]);
  });
});

describe("a policy alone", () => {
  it("is told when the routes that it will get page nobody", async () => {
    const text = `${GOOD}notifications:\n  routes:\n    - { on: [warning, safe-state], slack: true }\n`;
    const { problems } = await lintTexts({ "shop.yaml": text });
    expect(problems).toMatchObject([{ line: 20, check: "alertmanager/rollback-route" }]);
    expect(problems[0]?.message).toContain("to a pager");
  });
});
