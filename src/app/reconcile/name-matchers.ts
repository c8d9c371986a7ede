/** Characters of one matcher. It goes into an address, and proxies take no more than a few thousand of these. */
const MAX_LENGTH = 4_000;

/**
 * For Alertmanager: the alerts of these names, whomever they say that they are about. As a rule one matcher does for
 * all applications, because they share the names of their triggers.
 */
export function nameMatchers(names: Iterable<string>): readonly string[] {
  const groups: string[] = [];
  for (const name of names) {
    const pattern = literal(name);
    const last = groups.at(-1);
    if (last !== undefined && last.length + pattern.length < MAX_LENGTH)
      groups[groups.length - 1] = `${last}|${pattern}`;
    else groups.push(pattern);
  }
  return groups.map((pattern) => `alertname=~"${quoted(pattern)}"`);
}

/** For RE2. */
function literal(name: string): string {
  return name.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

function quoted(pattern: string): string {
  return pattern.replaceAll(/[\\"]/g, "\\$&").replaceAll("\n", "\\n");
}
