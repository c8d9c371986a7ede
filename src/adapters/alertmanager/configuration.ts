import { parse } from "yaml";
import { z } from "zod";
import type { LoadedConfiguration, LoadedReceiver } from "../../app/ports.ts";
import { RollguardError } from "../../domain/errors.ts";
import type { RouteSubject } from "../../domain/lint/alertmanager.ts";
import type { Path } from "../../domain/lint/finding.ts";
import type { LabelMatcher } from "../../domain/lint/promql.ts";
import { type Duration, parseDuration } from "../../domain/time.ts";
import { matcherIn } from "./matcher.ts";

/** Alertmanager's own default. */
const GROUP_WAIT: Duration = 30_000;

const texts = z.record(z.string(), z.coerce.string()).default({});
const names = z.array(z.string()).default([]);

const route = z.object({
  receiver: z.string().optional(),
  matchers: z
    .array(z.string().transform((text) => matcherIn(text)))
    .default([])
    .refine((matchers) => matchers.every((matcher) => matcher !== undefined), "a matcher cannot be read"),
  match: texts,
  match_re: texts,
  continue: z.boolean().default(false),
  group_wait: z.string().optional(),
  mute_time_intervals: names,
  active_time_intervals: names,
  get routes() {
    return z.array(route).default([]);
  },
});

type Route = z.output<typeof route>;

const receiver = z.looseObject({
  name: z.string(),
  webhook_configs: z.array(z.looseObject({ url: z.string().optional() })).default([]),
});

const configuration = z.object({ route, receivers: z.array(receiver).default([]) });

/**
 * Reads the configuration that Alertmanager says it has loaded: YAML of its own making, every default written out.
 * @throws RollguardError `source_unavailable`
 */
export function configurationIn(yaml: string): LoadedConfiguration {
  let raw: unknown;
  try {
    raw = parse(yaml);
  } catch (cause) {
    throw unreadable("it is no YAML", cause);
  }
  const result = configuration.safeParse(raw);
  if (!result.success) {
    const [issue] = result.error.issues;
    throw unreadable(`${issue?.path.map(String).join(".") || "all of it"}: ${issue?.message}`, result.error);
  }
  const { route, receivers } = result.data;
  return {
    route: routeOf(route, ["route"], "", GROUP_WAIT),
    receivers: receivers.map(receiverOf),
  };
}

function unreadable(why: string, cause: unknown): RollguardError {
  return new RollguardError("source_unavailable", `Alertmanager's configuration cannot be read: ${why}`, {
    cause,
  });
}

function routeOf(route: Route, path: Path, inherited: string, wait: Duration): RouteSubject {
  const receiver = route.receiver ?? inherited;
  const groupWait = parseDuration(route.group_wait ?? "") ?? wait;
  const old = (pairs: Readonly<Record<string, string>>, op: LabelMatcher["op"]): LabelMatcher[] =>
    Object.entries(pairs).map(([name, value]) => ({ name, op, value }));
  return {
    path,
    receiver,
    groupWait,
    matchers: [
      ...route.matchers.filter((matcher) => matcher !== undefined),
      ...old(route.match, "="),
      ...old(route.match_re, "=~"),
    ],
    continue: route.continue,
    muted: [
      ...route.mute_time_intervals.map((name) => `muted in ${name}`),
      ...route.active_time_intervals.map((name) => `active in ${name} only`),
    ],
    routes: route.routes.map((child, index) =>
      routeOf(child, [...path, "routes", index], receiver, groupWait),
    ),
  };
}

function receiverOf({ name, webhook_configs: webhooks, ...rest }: z.output<typeof receiver>): LoadedReceiver {
  const integrations = Object.entries({ ...rest, webhook_configs: webhooks })
    .filter(([, entries]) => Array.isArray(entries) && entries.length > 0)
    .map(([key]) => key);
  return { name, integrations, webhooks: webhooks.map(({ url }) => placeOf(url)) };
}

/** From 0.26 on Alertmanager says `<secret>`; of one that is in a file it says nothing. */
function placeOf(url: string | undefined): string | null {
  if (url === undefined || !URL.canParse(url)) return null;
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}
