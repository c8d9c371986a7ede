import type { ApplicationView } from "../app/describe-application.ts";
import { readApplications } from "../compose.ts";
import { type Io, lines, UsageError } from "./io.ts";
import { NoServer, ServerClient } from "./server-client.ts";
import { settingsOf } from "./settings-of.ts";

/**
 * Every application as it is now: from the server, or from the store itself when no server is named and none
 * answers, since the flags are wanted most when the server is down.
 */
export async function fetchApplications(io: Io): Promise<readonly ApplicationView[]> {
  const named = io.environment.ROLLGUARD_URL;
  const settings = settingsOf(io);
  const base = named || `http://${hostOf(settings.listen)}:${settings.listen.port}`;
  const client = new ServerClient(base, io);
  try {
    const { applications } = await client.get<{ applications: { application: string }[] }>(
      "/api/v1/applications",
    );
    return await Promise.all(
      applications.map(({ application }) =>
        client.get<ApplicationView>(`/api/v1/applications/${encodeURIComponent(application)}`),
      ),
    );
  } catch (error) {
    if (!(error instanceof NoServer) || named) throw error;
    io.stderr(lines(`no server answers at ${base}: read from the store itself`));
    return await readApplications(settings);
  }
}

/** Picks the one that is named, or the only one. */
export function pickApplication(
  views: readonly ApplicationView[],
  name: string | undefined,
): ApplicationView {
  const found =
    name === undefined && views.length === 1 ? views[0] : views.find((view) => view.application === name);
  if (found !== undefined) return found;
  const known = views.map(({ application }) => application).join(", ");
  throw new UsageError(
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
