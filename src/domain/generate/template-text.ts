/** What Prometheus declares before each alert's template. */
export const VARIABLES = ["value", "labels", "externalLabels", "externalURL"];

/** The same, as fields of what the template is given. */
export const FIELDS = ["Value", "Labels", "ExternalLabels", "ExternalURL"];

/** These do something to what follows them; alone they would be an error. */
export const FUNCTIONS = [
  "and args call eq first ge graphLink gt html humanize humanize1024 humanizeDuration humanizePercentage",
  "humanizeTimestamp index js label le len lt match ne not or parseDuration print printf println query",
  "reReplaceAll safeHtml slice sortByLabel stripDomain stripPort strvalue tableLink title tmpl toDuration",
  "toLower toTime toUpper urlQueryEscape urlquery value",
].flatMap((names) => names.split(" "));

/** These need nothing. */
export const CONSTANTS = ["externalURL", "pathPrefix"];

/** What an action may begin with in Prometheus' alert templates: a variable, a field, or a literal. */
const VALUE = new RegExp(
  `^(?:\\$(?:${VARIABLES.join("|")})\\b|\\$?\\.(?:${FIELDS.join("|")})\\b|["\`(]|/\\*)`,
);

const CALL = new RegExp(`^(?:${FUNCTIONS.join("|")})\\s+\\S`);

const CONSTANT = new RegExp(`^(?:${CONSTANTS.join("|")})\\b`);

/** Once one of these is there, variables and fields have meanings of their own. */
const PROGRAM = /\{\{-?\s*(?:(?:block|define|if|range|template|with)\s|\$\w+\s*:?=)/;

/** What Go templates read as the text `{{`. */
const BRACES = '{{"{{"}}';

/**
 * An annotation or a label that may be a Go template. `{{ $value }}` stays what it is; a `{{` that no template
 * of Prometheus begins with would make the whole text an error message, so it is escaped and arrives as written.
 */
export function templated(text: string): string {
  if (isProgram(text)) return text;
  let result = "";
  let after = 0;
  for (const { from, action } of actionsIn(text)) {
    if (!isTemplate(action)) continue;
    result += literal(text.slice(after, from)) + action;
    after = from + action.length;
  }
  return result + literal(text.slice(after));
}

/** Text that is no template, whatever is in it. */
export function literal(text: string): string {
  return text.replaceAll("{{", BRACES);
}

/** Has blocks or variables of its own; nothing in it is escaped. */
export function isProgram(text: string): boolean {
  return PROGRAM.test(text);
}

/** An action of a Go template, with its braces. */
export interface Action {
  readonly from: number;
  readonly action: string;
}

/** Everything between `{{` and `}}`; a quoted string in it may hold `}}`. */
export function actionsIn(text: string): Action[] {
  if (!text.includes("{{") || !text.includes("}}")) return [];
  const actions: Action[] = [];
  const ends = endsIn(text);
  for (let from = text.indexOf("{{"); from !== -1; ) {
    const end = Number(ends[from + 2]);
    if (end > 0) actions.push({ from, action: text.slice(from, end) });
    from = text.indexOf("{{", end > 0 ? end : from + 1);
  }
  return actions;
}

/**
 * For each place in a text: right behind the `}}` that ends what begins there, or 0. From the end backwards, since
 * whoever looks forward from each of many `{{` takes quadratic time.
 */
function endsIn(text: string): Int32Array {
  const ends = new Int32Array(text.length + 3);
  /** Where a string that begins before this place ends, by its kind of quotes; 0 where it does not. */
  const quoted = new Int32Array(text.length + 3);
  let backtick = 0;
  for (let at = text.length - 1; at >= 0; at--) {
    const character = text.charAt(at);
    const closing = character === '"' ? Number(quoted[at + 1]) : backtick;
    if (text.startsWith("}}", at)) ends[at] = at + 2;
    else if (character !== '"' && character !== "`") ends[at] = Number(ends[at + 1]);
    else ends[at] = closing === 0 ? 0 : Number(ends[closing]);
    quoted[at] = character === '"' ? at + 1 : Number(quoted[at + (character === "\\" ? 2 : 1)]);
    if (character === "`") backtick = at + 1;
  }
  return ends;
}

/** Whether an action is left to Prometheus; else it is text. */
export function isTemplate(action: string): boolean {
  const content = action.slice(2, -2).replace(/^-\s/, "").trimStart();
  return VALUE.test(content) || CALL.test(content) || CONSTANT.test(content);
}
