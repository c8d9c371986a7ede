import {
  DEFAULT_TARGET,
  isAtLeast,
  OLDEST_ALERTMANAGER,
  OLDEST_PROMETHEUS,
  parseVersion,
  type Target,
  type Version,
} from "../domain/generate/versions.ts";
import { type Io, lines, UsageError } from "./io.ts";

const OLDEST: Target = { prometheus: OLDEST_PROMETHEUS, alertmanager: OLDEST_ALERTMANAGER };

/**
 * What `--prometheus-version` and `--alertmanager-version` say; a newer one than was verified is taken with a warning.
 * @throws UsageError
 */
export function versionOf(server: keyof Target, text: string, io: Io): Version {
  const option = `--${server}-version`;
  const newest = DEFAULT_TARGET[server];
  const version = parseVersion(text);
  if (version === undefined)
    throw new UsageError(
      `${option}: "${text}" is no version, such as ${short(newest)}.0; supported: ${supported(server)}`,
    );
  if (!isAtLeast(version, OLDEST[server].major, OLDEST[server].minor))
    throw new UsageError(`${option}: ${text} is too old; supported: ${supported(server)}`);
  if (!isAtLeast(newest, version.major, version.minor))
    io.stderr(
      lines(
        `${option}: ${text} is newer than ${short(newest)}, the newest that was verified and is written for`,
      ),
    );
  return version;
}

/** `0.25 to 0.34` */
export function supported(server: keyof Target): string {
  return `${short(OLDEST[server])} to ${short(DEFAULT_TARGET[server])}`;
}

function short({ major, minor }: Version): string {
  return `${major}.${minor}`;
}
