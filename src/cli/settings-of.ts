import { readSettings, type Settings } from "../config/settings.ts";
import { type Io, lines, UsageError } from "./io.ts";

/** The settings, or every problem with them at once. */
export function settingsOf(io: Io): Settings {
  const { settings, problems, warnings } = readSettings(io.environment);
  for (const warning of warnings) io.stderr(lines(`warning: ${warning}`));
  if (settings === null) throw new UsageError(["the settings are not right:", ...problems].join("\n  "));
  return settings;
}
