/** The servers that the generated files are for: what one of them would reject is left out. */
export interface Target {
  readonly prometheus: Version;
  readonly alertmanager: Version;
}

export interface Version {
  readonly major: number;
  readonly minor: number;
}

/** What the stack pins, and what the committed files are for. */
export const DEFAULT_PROMETHEUS_VERSION = "3.14.0";
export const DEFAULT_ALERTMANAGER_VERSION = "0.34.0";

export const DEFAULT_TARGET: Target = {
  prometheus: { major: 3, minor: 14 },
  alertmanager: { major: 0, minor: 34 },
};

/** `last_over_time`, with which the traffic is remembered. */
export const OLDEST_PROMETHEUS: Version = { major: 2, minor: 26 };

/** The first that reads every secret from a file. */
export const OLDEST_ALERTMANAGER: Version = { major: 0, minor: 25 };

/**
 * Reads `3.5.0`, `v3.5.0`, `3.5` or a distribution's `2.42.0+ds`.
 * @returns undefined when the text is no version
 */
export function parseVersion(text: string): Version | undefined {
  const numbers = /^v?(\d+)\.(\d+)(?:\.\d+)?(?:[-+~].*)?$/.exec(text);
  return numbers === null ? undefined : { major: Number(numbers[1]), minor: Number(numbers[2]) };
}

export function isAtLeast(version: Version, major: number, minor: number): boolean {
  return version.major > major || (version.major === major && version.minor >= minor);
}
