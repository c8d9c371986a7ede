/** An action of a Go template; a quoted string in it may hold `}}`. */
const ACTION = /\{\{(?:"(?:\\.|[^"\\])*"|`[^`]*`|(?!\}\})[^"`])*\}\}/g;

/** What an action may begin with in Prometheus' alert templates: a variable, a field, or a literal. */
const VALUE = /^(?:\$(?:value|labels|externalLabels|externalURL)\b|\.(?:Value|Labels|External)|["`(]|\/\*)/;

/** These do something to what follows them; alone they would be an error. */
const CALL =
  /^(?:and|args|call|first|graphLink|html|humanize|humanize1024|humanizeDuration|humanizePercentage|humanizeTimestamp|index|js|label|len|match|not|or|parseDuration|print|printf|println|query|reReplaceAll|safeHtml|slice|sortByLabel|stripDomain|stripPort|strvalue|tableLink|title|tmpl|toLower|toTime|toUpper|urlquery|value|eq|ne|lt|le|gt|ge)\s+\S/;

const BARE = /^(?:externalURL|pathPrefix)\b/;

/** Once one of these is there, variables and fields have meanings of their own. */
const BLOCK = /\{\{-?\s*(?:block|define|if|range|template|with)\s/;

/** What Go templates read as the text `{{`. */
const BRACES = '{{"{{"}}';

/**
 * An annotation or a label that may be a Go template. `{{ $value }}` stays what it is; a `{{` that no template
 * of Prometheus begins with would make the whole text an error message, so it is escaped and arrives as written.
 */
export function templated(text: string): string {
  if (BLOCK.test(text)) return text;
  let result = "";
  let after = 0;
  for (const match of text.matchAll(ACTION)) {
    if (!isTemplate(match[0])) continue;
    result += literal(text.slice(after, match.index)) + match[0];
    after = match.index + match[0].length;
  }
  return result + literal(text.slice(after));
}

/** Text that is no template, whatever is in it. */
export function literal(text: string): string {
  return text.replaceAll("{{", BRACES);
}

function isTemplate(action: string): boolean {
  const content = action.slice(2, -2).replace(/^-\s/, "").trimStart();
  return VALUE.test(content) || CALL.test(content) || BARE.test(content);
}
