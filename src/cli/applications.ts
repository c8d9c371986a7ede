import type { ApplicationView } from "../app/describe-application.ts";
import type { RollbackTimeline } from "../app/describe-rollback.ts";
import { readApplications } from "../compose/read-store.ts";
import type { ServedApplication } from "./answers.ts";
import { type Io, lines, UsageError } from "./io.ts";
import { NoServer, ServerClient } from "./server-client.ts";
import { settingsOf } from "./settings-of.ts";

/** The server that commands talk to: the one at ROLLGUARD_URL, else the one at ROLLGUARD_LISTEN. */
export function clientOf(io: Io): ServerClient {
  const named = io.environment.ROLLGUARD_URL;
  const { listen } = settingsOf(io);
  return new ServerClient(named || `http://${hostOf(listen)}:${listen.port}`, io);
}

/**
 * Every application as it is now: from the server, or from the store itself when no server is named and none
 * answers, since the flags are wanted most when the server is down.
 */
export async function fetchApplications(io: Io): Promise<readonly ServedApplication[]> {
  const client = clientOf(io);
  try {
    return (await fetchServed(client, undefined)).views;
  } catch (error) {
    if (!(error instanceof NoServer) || io.environment.ROLLGUARD_URL) throw error;
    io.stderr(lines(`no server answers at ${client.base}: read from the store itself`));
    return await readApplications(settingsOf({ ...io, stderr: () => undefined }));
  }
}

export interface Served {
  readonly views: readonly ServedApplication[];
  /** Whether there are others beside the one that was asked for, or several at all. */
  readonly several: boolean;
}

/**
 * How the open rollbacks go, by application. What cannot be had is left out: the rest is worth seeing without it.
 */
export async function fetchTimelines(
  client: ServerClient,
  views: readonly ServedApplication[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, RollbackTimeline>> {
  const found = await Promise.all(
    views.map(async ({ application, rollback }) => {
      if (rollback === null) return [];
      const path = pathOf(application, `/rollbacks/${encodeURIComponent(rollback.id)}`);
      const timeline = await client.get<RollbackTimeline>(path, signal).catch(() => null);
      return timeline === null ? [] : [[application, timeline] as const];
    }),
  );
  return new Map(found.flat());
}

/** The application that is named, or all of them, from the server. @throws UsageError when there is none of that name */
export async function fetchServed(
  client: ServerClient,
  name: string | undefined,
  signal?: AbortSignal,
): Promise<Served> {
  const names = await namesOf(client, signal);
  if (name !== undefined && !names.includes(name)) throw whichOf(names, name);
  const wanted = name === undefined ? names : [name];
  const views = wanted.map((each) => client.get<ServedApplication>(pathOf(each), signal));
  return { views: await Promise.all(views), several: names.length > 1 };
}

/**
 * The application that is named, or the only one, from the server.
 * @throws UsageError when it is not clear which
 */
export async function fetchApplication(
  client: ServerClient,
  name: string | undefined,
): Promise<ServedApplication> {
  const names = await namesOf(client);
  const found = name === undefined && names.length === 1 ? names[0] : names.find((each) => each === name);
  if (found === undefined) throw whichOf(names, name);
  return await client.get<ServedApplication>(pathOf(found));
}

/**
 * The name of the application that is meant, with as few questions to the server as there can be: one that is named is
 * taken at its word, since the server refuses what it does not know.
 * @throws UsageError when it is not clear which
 */
export async function fetchName(client: ServerClient, name: string | undefined): Promise<string> {
  if (name !== undefined) return name;
  const names = await namesOf(client);
  const [only] = names;
  if (only === undefined || names.length > 1) throw whichOf(names, name);
  return only;
}

/** Picks the one that is named, or the only one. */
export function pickApplication<V extends ApplicationView>(views: readonly V[], name: string | undefined): V {
  const found =
    name === undefined && views.length === 1 ? views[0] : views.find((view) => view.application === name);
  if (found !== undefined) return found;
  throw whichOf(
    views.map(({ application }) => application),
    name,
  );
}

export function pathOf(application: string, rest = ""): string {
  return `/api/v1/applications/${encodeURIComponent(application)}${rest}`;
}

async function namesOf(client: ServerClient, signal?: AbortSignal): Promise<string[]> {
  const { applications } = await client.get<{ applications: { application: string }[] }>(
    "/api/v1/applications",
    signal,
  );
  return applications.map(({ application }) => application);
}

function whichOf(names: readonly string[], name: string | undefined): UsageError {
  const known = names.join(", ");
  return new UsageError(
    name === undefined
      ? `say which with --application: ${known}`
      : `no application "${name}"; there are: ${known}`,
  );
}

/** An address that means "all of them" is no address to call. */
function hostOf({ host }: { host: string }): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  if (host === "::") return "[::1]";
  return host.includes(":") ? `[${host}]` : host;
}
