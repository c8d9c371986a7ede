import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "@jest/globals";
import { readSettings, type SettingsResult } from "../../src/config/settings.ts";

const directory = mkdtempSync(join(tmpdir(), "rollguard-settings-"));
let files = 0;

afterAll(() => rmSync(directory, { recursive: true, force: true }));

function file(content: string): string {
  files += 1;
  const path = join(directory, `secret-${files}`);
  writeFileSync(path, content);
  return path;
}

const DIGEST = "a".repeat(64);

/** One setting's value as it is read. */
function settingOf(name: keyof NonNullable<SettingsResult["settings"]>, environment: Record<string, string>) {
  const { settings, problems } = readSettings(environment);
  expect(problems).toEqual([]);
  return settings?.[name];
}

describe("settings", () => {
  it("have defaults that suit a first start", () => {
    expect(readSettings({ PATH: "/bin", HOME: "/root" })).toEqual({
      settings: {
        listen: { host: "127.0.0.1", port: 9095, loopback: true },
        policy: "rules/",
        redisUrl: null,
        redisWaitReplicas: 0,
        data: "data/",
        maxBody: 33_554_432,
        webhookTokens: [],
        tokens: [],
        corsOrigins: null,
        logLevel: "info",
        production: false,
        prometheusUrl: null,
        externalUrl: null,
        streamSecret: null,
        alertmanagerUrl: null,
        channels: { slack: false, pagerduty: false, email: false },
        notifications: { slack: null, pagerduty: null, smtp: null, webhook: null },
        reports: "reports/",
        environment: { PATH: "/bin", HOME: "/root" },
      },
      problems: [],
      warnings: [],
    });
  });

  it("that are empty, or blank, count as absent", () => {
    const blank = Object.fromEntries(
      [
        "ROLLGUARD_LISTEN",
        "ROLLGUARD_POLICY",
        "ROLLGUARD_REDIS_URL",
        "ROLLGUARD_REDIS_URL_FILE",
        "ROLLGUARD_DATA",
        "ROLLGUARD_MAX_BODY",
        "ROLLGUARD_WEBHOOK_TOKEN",
        "ROLLGUARD_WEBHOOK_TOKEN_FILE",
        "ROLLGUARD_TOKENS_FILE",
        "ROLLGUARD_CORS_ORIGINS",
        "ROLLGUARD_ENV",
        "ROLLGUARD_PROMETHEUS_URL",
        "LOG_LEVEL",
      ].map((name, index) => [name, index % 2 === 0 ? "" : "  "]),
    );
    const { settings, ...rest } = readSettings({});
    expect(readSettings(blank)).toEqual({ ...rest, settings: { ...settings, environment: blank } });
  });

  it.each([
    ["listen", { ROLLGUARD_LISTEN: " [::1]:80 " }, { host: "::1", port: 80, loopback: true }],
    ["policy", { ROLLGUARD_POLICY: "/etc/rollguard/genesis.yaml" }, "/etc/rollguard/genesis.yaml"],
    ["data", { ROLLGUARD_DATA: "/var/lib/rollguard" }, "/var/lib/rollguard"],
    ["maxBody", { ROLLGUARD_MAX_BODY: "500kB" }, 500_000],
    ["logLevel", { LOG_LEVEL: "debug" }, "debug"],
    ["production", { ROLLGUARD_ENV: "production" }, true],
    ["production", { ROLLGUARD_ENV: "staging" }, false],
    ["production", { ROLLGUARD_ENV: "the moon" }, false],
    ["production", { ROLLGUARD_PROMETHEUS_URL: "HTTPS://prometheus:9090/x" }, false],
    ["redisUrl", { ROLLGUARD_REDIS_URL: "redis://redis:6379/2" }, "redis://redis:6379/2"],
    ["redisUrl", { ROLLGUARD_REDIS_URL: "rediss://u:p%40ss@redis" }, "rediss://u:p%40ss@redis"],
    ["redisUrl", { ROLLGUARD_REDIS_URL: "redis+sentinel://a,b/main" }, "redis+sentinel://a,b/main"],
    ["redisUrl", { ROLLGUARD_REDIS_URL: "redis+cluster://a:1,b:2" }, "redis+cluster://a:1,b:2"],
    ["redisUrl", { ROLLGUARD_REDIS_URL_FILE: file("redis://from-a-file\n") }, "redis://from-a-file"],
    ["redisWaitReplicas", { ROLLGUARD_REDIS_WAIT_REPLICAS: "2" }, 2],
    ["webhookTokens", { ROLLGUARD_WEBHOOK_TOKEN: "one" }, ["one"]],
    ["externalUrl", { ROLLGUARD_EXTERNAL_URL: "https://flags.example.org" }, "https://flags.example.org"],
    ["streamSecret", { ROLLGUARD_STREAM_SECRET: "x".repeat(32) }, "x".repeat(32)],
    ["streamSecret", { ROLLGUARD_STREAM_SECRET_FILE: file(`${"y".repeat(64)}\n`) }, "y".repeat(64)],
    ["webhookTokens", { ROLLGUARD_WEBHOOK_TOKEN: "old, new" }, ["old", "new"]],
    ["webhookTokens", { ROLLGUARD_WEBHOOK_TOKEN_FILE: file("old\nnew\n") }, ["old", "new"]],
    [
      "tokens",
      { ROLLGUARD_TOKENS_FILE: file(`# people\nviewer ada ${DIGEST}\n`) },
      [{ role: "viewer", name: "ada", sha256: DIGEST }],
    ],
  ] as const)("%s from %j", (name, environment, expected) => {
    expect(settingOf(name, environment)).toEqual(expected);
  });

  it.each([
    [{ ROLLGUARD_LISTEN: "9095" }, 'ROLLGUARD_LISTEN: "9095" is not an address such as 127.0.0.1:9095'],
    [{ ROLLGUARD_MAX_BODY: "lots" }, 'ROLLGUARD_MAX_BODY: "lots" is not a size such as 32 MiB'],
    [{ ROLLGUARD_MAX_BODY: "0" }, 'ROLLGUARD_MAX_BODY: "0" is not a size such as 32 MiB'],
    [{ LOG_LEVEL: "INFO" }, 'LOG_LEVEL: "INFO" is not one of debug, info, warn, error, silent'],
    [{ ROLLGUARD_WEBHOOK_TOKEN: "a b c" }, "ROLLGUARD_WEBHOOK_TOKEN: 3 tokens; two may be live at once"],
    [
      { ROLLGUARD_WEBHOOK_TOKEN: "pässword" },
      "ROLLGUARD_WEBHOOK_TOKEN: a token is of letters, digits and signs of ASCII only",
    ],
    [
      { ROLLGUARD_WEBHOOK_TOKEN_FILE: file("good\nto\u0000ken\n") },
      "ROLLGUARD_WEBHOOK_TOKEN: a token is of letters, digits and signs of ASCII only",
    ],
    [{ ROLLGUARD_ENV: "prod" }, 'ROLLGUARD_ENV: "prod": did you mean "production"?'],
    [{ ROLLGUARD_ENV: "Productoin" }, 'ROLLGUARD_ENV: "Productoin": did you mean "production"?'],
    ...["PROMETHEUS_URL", "ALERTMANAGER_URL", "EXTERNAL_URL"].flatMap((name) =>
      ["garbage", "prometheus:9090", "ftp://prometheus", "http://", "http://a b"].map(
        (text): [Record<string, string>, string] => [
          { [`ROLLGUARD_${name}`]: text },
          `ROLLGUARD_${name}: expected an address such as http://localhost:9090`,
        ],
      ),
    ),
    [
      { ROLLGUARD_STREAM_SECRET: "x".repeat(31) },
      "ROLLGUARD_STREAM_SECRET: at least 32 characters of chance, as `openssl rand -hex 32` gives",
    ],
    [{ ROLLGUARD_WEBHOOK_TOKEN: "," }, "ROLLGUARD_WEBHOOK_TOKEN: there is no token in it"],
    [{ ROLLGUARD_WEBHOOK_TOKEN_FILE: file(" \n") }, "ROLLGUARD_WEBHOOK_TOKEN_FILE: the file is empty"],
    [{ ROLLGUARD_TOKENS_FILE: file("# none\n") }, "ROLLGUARD_TOKENS_FILE: there is no token in the file"],
    [{ ROLLGUARD_REDIS_URL_FILE: file("") }, "ROLLGUARD_REDIS_URL_FILE: the file is empty"],
    [
      { ROLLGUARD_WEBHOOK_TOKEN: "a", ROLLGUARD_WEBHOOK_TOKEN_FILE: "b" },
      "ROLLGUARD_WEBHOOK_TOKEN and ROLLGUARD_WEBHOOK_TOKEN_FILE are both set: keep one",
    ],
    [
      { ROLLGUARD_REDIS_URL: "redis://a", ROLLGUARD_REDIS_URL_FILE: "b" },
      "ROLLGUARD_REDIS_URL and ROLLGUARD_REDIS_URL_FILE are both set: keep one",
    ],
    [
      { ROLLGUARD_REDIS_WAIT_REPLICAS: "all" },
      'ROLLGUARD_REDIS_WAIT_REPLICAS: "all" is not a number of replicas such as 1',
    ],
    [
      { ROLLGUARD_REDIS_URL: "redis://a?tls=true" },
      "ROLLGUARD_REDIS_URL: the Redis URL has an unknown parameter: it takes none; TLS is rediss://…",
    ],
    [
      { ROLLGUARD_REDIS_URL: "redis+sentinel://a:1" },
      "ROLLGUARD_REDIS_URL: the Redis URL names sentinels, but not the primary: redis+sentinel://…/<master>",
    ],
    [
      { ROLLGUARD_WEBHOOK_TOKEN_FILE: "/nowhere/token" },
      expect.stringMatching(/^ROLLGUARD_WEBHOOK_TOKEN_FILE: cannot read \/nowhere\/token: ENOENT/),
    ],
    [
      { ROLLGUARD_TOKENS_FILE: file("admin ada secret") },
      expect.stringMatching(/^ROLLGUARD_TOKENS_FILE: line 1: expected "client\|viewer\|operator <name>/),
    ],
  ])("%j is refused", (environment, problem) => {
    expect(readSettings(environment)).toMatchObject({ settings: null, problems: [problem] });
  });

  it("tell all problems at once, and never a secret", () => {
    const { settings, problems } = readSettings({
      ROLLGUARD_LISTEN: "[::]:9095",
      ROLLGUARD_MAX_BODY: "-1",
      ROLLGUARD_REDIS_URL: "redis://:hunter2/6379",
      LOG_LEVEL: "loud",
    });
    expect(settings).toBeNull();
    expect(problems.map((problem) => problem.split(":")[0])).toEqual([
      "ROLLGUARD_MAX_BODY",
      "LOG_LEVEL",
      "ROLLGUARD_REDIS_URL",
      "ROLLGUARD_LISTEN",
    ]);
    expect(problems.join()).not.toContain("hunter2");
  });
});

describe("an address that others reach", () => {
  it.each(["0.0.0.0:9095", ":9095", "[::]:9095", "10.0.0.1:9095", "rollguard:9095"])(
    "%s is refused without tokens",
    (listen) => {
      const { settings, problems } = readSettings({ ROLLGUARD_LISTEN: listen });
      expect(settings).toBeNull();
      expect(problems).toEqual([expect.stringMatching(/^ROLLGUARD_LISTEN: others can reach .* tokens/)]);
    },
  );

  it.each([{ ROLLGUARD_WEBHOOK_TOKEN: "t" }, { ROLLGUARD_TOKENS_FILE: file(`operator ada ${DIGEST}`) }])(
    "is taken with %j",
    (environment) => {
      expect(settingOf("listen", { ROLLGUARD_LISTEN: "0.0.0.0:9095", ...environment })).toMatchObject({
        loopback: false,
      });
    },
  );

  it("with tokens that cannot be read is told of those alone", () => {
    const { problems } = readSettings({
      ROLLGUARD_LISTEN: "0.0.0.0:9095",
      ROLLGUARD_WEBHOOK_TOKEN_FILE: file(""),
    });
    expect(problems).toEqual(["ROLLGUARD_WEBHOOK_TOKEN_FILE: the file is empty"]);
  });

  it.each(["127.0.0.1:0", "127.9.9.9:1", "localhost:9095", "[::1]:9095"])("is not %s", (listen) => {
    expect(settingOf("listen", { ROLLGUARD_LISTEN: listen })).toMatchObject({ loopback: true });
  });
});

describe("names", () => {
  it("that are misspelt are warned about, with the one that may be meant", () => {
    const { settings, warnings } = readSettings({
      ROLLGUARD_REDIS_ULR: "redis://a",
      ROLLGUARD_SERVICE_HOST: "10.0.0.1",
      ROLLGUARD_DATA: "d",
      ROLLGARD_POLICY: "not ours",
    });
    expect(settings).toMatchObject({ data: "d", redisUrl: null });
    expect(warnings).toEqual([
      'ROLLGUARD_REDIS_ULR: no setting has this name; did you mean "ROLLGUARD_REDIS_URL"?',
      expect.stringMatching(/^ROLLGUARD_SERVICE_HOST: no setting has this name/),
    ]);
  });

  it("of the commands' own settings are known", () => {
    const names = ["ROLLGUARD_URL", "ROLLGUARD_TOKEN", "ROLLGUARD_TOKEN_FILE"];
    expect(readSettings(Object.fromEntries(names.map((name) => [name, "x"]))).warnings).toEqual([]);
  });
});
