const STRING = /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`/.source;
const COMMENT = /#[^\n]*/.source;
/** Label names, not metrics. */
const LABEL_LIST = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/.source;
/** Numbers and durations: the `m` of `[1m]` is no metric. */
const NUMBER = /[0-9][A-Za-z0-9_.]*/.source;
const NAME_WITH_MATCHERS = /[A-Za-z_:][A-Za-z0-9_:]*(?:\s*\{)?/.source;
const TOKEN = new RegExp(`${STRING}|${COMMENT}|${LABEL_LIST}|${NUMBER}|${NAME_WITH_MATCHERS}|[{}]`, "g");

/**
 * Makes an expression read only one application's own series of the given metrics, by a matcher for the label
 * `application`. Without it `error_rate > 1` would fire for whatever other application records an error_rate.
 */
export function scopedExpression(expr: string, metrics: ReadonlySet<string>, application: string): string {
  if (metrics.size === 0) return expr;
  const matcher = `application="${application}"`;
  let isInMatchers = false;
  return expr.replaceAll(TOKEN, (token, offset: number) => {
    if (token === "{" || token === "}") {
      isInMatchers = token === "{";
      return token;
    }
    const name = /^[A-Za-z_:][A-Za-z0-9_:]*/.exec(token)?.[0];
    if (name === undefined || token.endsWith(")")) return token;
    const isScoped = !isInMatchers && metrics.has(name);
    if (!token.endsWith("{")) return isScoped ? `${token}{${matcher}}` : token;
    isInMatchers = true;
    if (!isScoped) return token;
    const isEmpty = /^\s*\}/.test(expr.slice(offset + token.length));
    return `${token}${matcher}${isEmpty ? "" : ","}`;
  });
}
