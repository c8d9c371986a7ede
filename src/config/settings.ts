import type { CorsOrigins } from "../adapters/http/cors.ts";
import { parseRedisUrl } from "../adapters/store/redis/url.ts";
import { LOG_LEVELS, type LogLevel } from "../adapters/telemetry/logger.ts";
import { parseCorsOrigins } from "./cors-origins.ts";
import { didYouMean } from "./did-you-mean.ts";
import { type ListenAddress, parseListenAddress } from "./listen-address.ts";
import {
  NOTIFICATION_SETTINGS,
  type NotificationSettings,
  readNotifications,
} from "./notification-settings.ts";
import { type Environment, SettingSource } from "./setting-source.ts";
import { parseSize } from "./size.ts";
import { parseTokens, type TokenEntry } from "./tokens.ts";

/** The environment, checked. */
export interface Settings {
  readonly listen: ListenAddress;
  /** A policy file, or a directory of them. */
  readonly policy: string;
  /** Absent: the embedded store. */
  readonly redisUrl: string | null;
  /** How many replicas of Redis must have a commit before it is answered. */
  readonly redisWaitReplicas: number;
  /** Where the embedded store is; with Redis, where flags are kept for a start without it. */
  readonly data: string;
  /** Bytes. */
  readonly maxBody: number;
  /** Any of them may post alerts; two at once let them be exchanged without a gap. */
  readonly webhookTokens: readonly string[];
  readonly tokens: readonly TokenEntry[];
  /** Whose pages may evaluate flags from a browser; null: nobody's. */
  readonly corsOrigins: CorsOrigins | null;
  readonly logLevel: LogLevel;
  readonly production: boolean;
  readonly prometheusUrl: string | null;
  readonly alertmanagerUrl: string | null;
  /** The address that others reach this by. */
  readonly externalUrl: string | null;
  /** What addresses of event streams are signed with; null: of this process only. */
  readonly streamSecret: string | null;
  /** Channels that Rollguard itself can reach people by. */
  readonly channels: { readonly slack: boolean; readonly pagerduty: boolean; readonly email: boolean };
  /** How to reach them. */
  readonly notifications: NotificationSettings;
  /** Where reports are written; null: nowhere. */
  readonly reports: string | null;
  /** All of it, as it was at the start: which of it overrides a flag, only the policies tell. */
  readonly environment: Environment;
}

/** The one place that asks for confirmations; every other may be called what its people call it. */
const PRODUCTION = "production";

export interface SettingsResult {
  /** Null when there are problems. */
  readonly settings: Settings | null;
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/** Settings of Rollguard that this program reads, or that its commands do. */
const KNOWN = [
  "ROLLGUARD_LISTEN",
  "ROLLGUARD_POLICY",
  "ROLLGUARD_REDIS_URL",
  "ROLLGUARD_REDIS_URL_FILE",
  "ROLLGUARD_REDIS_WAIT_REPLICAS",
  "ROLLGUARD_DATA",
  "ROLLGUARD_MAX_BODY",
  "ROLLGUARD_WEBHOOK_TOKEN",
  "ROLLGUARD_WEBHOOK_TOKEN_FILE",
  "ROLLGUARD_TOKENS_FILE",
  "ROLLGUARD_CORS_ORIGINS",
  "ROLLGUARD_PROMETHEUS_URL",
  "ROLLGUARD_ALERTMANAGER_URL",
  "ROLLGUARD_EXTERNAL_URL",
  "ROLLGUARD_STREAM_SECRET",
  "ROLLGUARD_STREAM_SECRET_FILE",
  "ROLLGUARD_REPORTS",
  "ROLLGUARD_ENV",
  "ROLLGUARD_URL",
  "ROLLGUARD_TOKEN",
  "ROLLGUARD_TOKEN_FILE",
  ...NOTIFICATION_SETTINGS,
];

/** Reads all settings and finds every problem at once. A setting that is empty counts as absent. */
export function readSettings(environment: Environment): SettingsResult {
  const problems: string[] = [];
  const report = (problem: string): undefined => {
    problems.push(problem);
    return undefined;
  };
  const source = new SettingSource(environment, report);

  const listen = source.parsed(
    "ROLLGUARD_LISTEN",
    "127.0.0.1:9095",
    parseListenAddress,
    "an address such as 127.0.0.1:9095",
  );
  const maxBody = source.parsed("ROLLGUARD_MAX_BODY", "32 MiB", parseSize, "a size such as 32 MiB");
  const redisWaitReplicas = source.parsed(
    "ROLLGUARD_REDIS_WAIT_REPLICAS",
    "0",
    (text) => (/^\d{1,2}$/.test(text) ? Number(text) : undefined),
    "a number of replicas such as 1",
  );
  const logLevel = source.parsed("LOG_LEVEL", "info", oneOf(LOG_LEVELS), `one of ${LOG_LEVELS.join(", ")}`);
  const environmentName = source.text("ROLLGUARD_ENV") ?? "development";
  if (isAlmostProduction(environmentName))
    report(`ROLLGUARD_ENV: "${environmentName}": did you mean "${PRODUCTION}"?`);
  for (const name of ADDRESSES) checkAddress(name, source, report);
  const redisUrl = readRedisUrl(source, report);
  const soFar = problems.length;
  const webhookTokens = readWebhookTokens(source, report);
  const tokens = readTokens(source, report);
  const tokensAreRight = problems.length === soFar;
  const corsOrigins = readCorsOrigins(source, report);
  const notifications = readNotifications(source, report);
  const reports = source.text("ROLLGUARD_REPORTS") ?? "reports/";
  const settings = {
    policy: source.text("ROLLGUARD_POLICY") ?? "rules/",
    data: source.text("ROLLGUARD_DATA") ?? "data/",
    redisUrl,
    webhookTokens,
    tokens,
    corsOrigins,
    production: environmentName === PRODUCTION,
    prometheusUrl: source.text("ROLLGUARD_PROMETHEUS_URL") ?? null,
    alertmanagerUrl: source.text("ROLLGUARD_ALERTMANAGER_URL") ?? null,
    externalUrl: source.text("ROLLGUARD_EXTERNAL_URL") ?? null,
    streamSecret: readStreamSecret(source, report),
    channels: {
      slack: notifications.slack !== null,
      pagerduty: notifications.pagerduty !== null,
      email: notifications.smtp !== null,
    },
    notifications,
    reports: reports === "none" ? null : reports,
    environment,
  };
  const guarded = webhookTokens.length > 0 || tokens.length > 0;
  if (listen && !listen.loopback && !guarded && tokensAreRight) {
    report(
      `ROLLGUARD_LISTEN: others can reach ${listen.host}, so tokens are needed: set ROLLGUARD_WEBHOOK_TOKEN_FILE ` +
        "(and ROLLGUARD_TOKENS_FILE to read and act), or listen on 127.0.0.1",
    );
  }
  const complete = listen && maxBody && logLevel && redisWaitReplicas !== undefined && problems.length === 0;
  return {
    settings: complete ? { ...settings, listen, maxBody, logLevel, redisWaitReplicas } : null,
    problems,
    warnings: unknownNames(environment),
  };
}

function readRedisUrl(source: SettingSource, report: (problem: string) => undefined): string | null {
  const url = source.secret("ROLLGUARD_REDIS_URL");
  if (url === undefined) return null;
  try {
    parseRedisUrl(url);
  } catch (error) {
    report(`ROLLGUARD_REDIS_URL: ${(error as Error).message}`);
  }
  return url;
}

/** A setting without a token in it would leave open what somebody meant to close. */
function readWebhookTokens(source: SettingSource, report: (problem: string) => undefined): readonly string[] {
  const text = source.secret("ROLLGUARD_WEBHOOK_TOKEN");
  if (text === undefined) return [];
  const tokens = text.split(/[\s,]+/).filter((token) => token !== "");
  if (tokens.length === 0) report("ROLLGUARD_WEBHOOK_TOKEN: there is no token in it");
  // Visible ASCII: a header brings nothing else over as it is.
  if (tokens.some((token) => !/^[!-~]+$/.test(token)))
    report("ROLLGUARD_WEBHOOK_TOKEN: a token is of letters, digits and signs of ASCII only");
  if (tokens.length > 2) report(`ROLLGUARD_WEBHOOK_TOKEN: ${tokens.length} tokens; two may be live at once`);
  return tokens;
}

function readTokens(source: SettingSource, report: (problem: string) => undefined): readonly TokenEntry[] {
  const text = source.file("ROLLGUARD_TOKENS_FILE");
  if (text === undefined) return [];
  const { entries, problems } = parseTokens(text);
  for (const problem of problems) report(`ROLLGUARD_TOKENS_FILE: ${problem}`);
  if (entries.length === 0 && problems.length === 0)
    report("ROLLGUARD_TOKENS_FILE: there is no token in the file");
  return entries;
}

/** Every client holds addresses that were signed with it: what can be guessed would be guessed from them. */
const LEAST_SECRET = 32;

function readStreamSecret(source: SettingSource, report: (problem: string) => undefined): string | null {
  const secret = source.secret("ROLLGUARD_STREAM_SECRET");
  if (secret === undefined) return null;
  if (secret.length < LEAST_SECRET)
    report(
      `ROLLGUARD_STREAM_SECRET: at least ${LEAST_SECRET} characters of chance, as \`openssl rand -hex 32\` gives`,
    );
  return secret;
}

function readCorsOrigins(source: SettingSource, report: (problem: string) => undefined): CorsOrigins | null {
  const text = source.text("ROLLGUARD_CORS_ORIGINS");
  if (text === undefined) return null;
  const { origins, problems } = parseCorsOrigins(text);
  for (const problem of problems) report(`ROLLGUARD_CORS_ORIGINS: ${problem}`);
  return origins;
}

/** Where others are found. */
const ADDRESSES = [
  "ROLLGUARD_PROMETHEUS_URL",
  "ROLLGUARD_ALERTMANAGER_URL",
  "ROLLGUARD_EXTERNAL_URL",
] as const;

/** It may hold a password, so it is not repeated. */
function checkAddress(name: string, source: SettingSource, report: (problem: string) => undefined): void {
  const text = source.text(name);
  if (text === undefined) return;
  const isHttp = /^https?:\/\//i.test(text) && URL.canParse(text);
  if (!isHttp) report(`${name}: expected an address such as http://localhost:9090`);
}

/** A place that is production and does not say so would do without asking what it should ask for. */
function isAlmostProduction(name: string): boolean {
  return name !== PRODUCTION && (/^prod/i.test(name) || didYouMean(name, [PRODUCTION]) !== "");
}

function oneOf<T extends string>(values: readonly T[]): (text: string) => T | undefined {
  return (text) => values.find((value) => value === text);
}

/** A misspelt name is warned about, not refused: schedulers put names of their own into the environment. */
function unknownNames(environment: Environment): string[] {
  return Object.keys(environment)
    .filter((name) => name.startsWith("ROLLGUARD_") && !KNOWN.includes(name))
    .map((name) => `${name}: no setting has this name${didYouMean(name, KNOWN)}`);
}
