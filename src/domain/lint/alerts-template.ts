import {
  actionsIn,
  CONSTANTS,
  FIELDS,
  FUNCTIONS,
  isProgram,
  isTemplate,
  VARIABLES,
} from "../generate/template-text.ts";
import type { Check, Severity, Span } from "./finding.ts";
import type { LintSubject } from "./subject.ts";

const KEYWORDS = "block break continue define else end false if nil range template true with".split(" ");

/** Without a block around them they end nothing. */
const BLOCK_PARTS = ["else", "end"];

const KNOWN_WORDS: ReadonlySet<string> = new Set([...FUNCTIONS, ...CONSTANTS, ...KEYWORDS, "now"]);

/** A string says nothing of what is named outside of it. */
const WORD = /"(?:\\.|[^"\\])*"|`[^`]*`|[$\w.]+/g;

const COMMENT = /^\{\{(?:- )?\/\*/;

/** What follows the last word of a command. */
const NO_MORE = /\s*-?(?:\||\}\})/y;

/** A variable that the template declares itself; of `range $index, $item := …` both. */
const DECLARED = /\$(\w+)\s*(?:,\s*\$(\w+)\s*)?:?=/g;

/**
 * The generator takes a `{{` with which no template begins for text. A misspelt variable is such a one: people read
 * `{{ $vaule }}`, and no number. In a rule file Prometheus refuses it, or sends an error in place of the text.
 */
export const alertsTemplate: Check<LintSubject> = {
  name: "alerts/template",
  run(subject, report) {
    for (const { path, labels, annotations } of subject.alerts) {
      for (const [section, texts] of Object.entries({ labels, annotations })) {
        for (const [key, text] of texts) {
          for (const misspelling of misspellingsIn(text, subject))
            report({ ...misspelling, path: [...path, section, key] });
        }
      }
    }
  },
};

interface Misspelling {
  readonly severity: Severity;
  readonly span: Span;
  readonly message: string;
  readonly advice: string;
}

/** What becomes of it, and what to do. */
const AS_TEXT =
  'people would read it as it is written: name what Prometheus knows, or write {{"{{"}} for braces that are meant';
const AS_TEMPLATE = "Prometheus cannot fill it in: write $value, $labels.<name> or a function that it knows";

function misspellingsIn(text: string, subject: LintSubject): Misspelling[] {
  const declared = new Set([...text.matchAll(DECLARED)].flatMap(([, ...names]) => names));
  const isOwn = isProgram(text);
  return actionsIn(text).flatMap(({ from, action }) => {
    const words = wordsIn(action);
    const isText = subject.kind === "policy" && !isOwn && !isTemplate(action);
    const advice = isText ? AS_TEXT : AS_TEMPLATE;
    // Without any of these it may be text that happens to stand in braces.
    const isMeant = isOwn || isTemplate(action) || words.some(({ sign }) => sign === "$");
    return words.flatMap((word) => {
      const complaint = complaintOf(word, { subject, declared, isOwn, isMeant });
      const span = { from: from + word.at, to: from + word.at + word.text.length };
      return complaint === undefined ? [] : [{ ...complaint, span, advice }];
    });
  });
}

interface Word {
  readonly text: string;
  /** In the action. */
  readonly at: number;
  /** `other` for what names nothing: strings, numbers, a sign alone. */
  readonly sign: "$" | "." | "" | "other";
  readonly name: string;
  /** What of it is asked for: of `$labels.job` it is `job`. */
  readonly rest: readonly string[];
  /** Nothing before it, a `|` or a `(`: there a function is called. */
  readonly isCalled: boolean;
  readonly isFirst: boolean;
  /** No arguments come after it. */
  readonly isLast: boolean;
}

function wordsIn(action: string): Word[] {
  if (COMMENT.test(action)) return [];
  let beyond = 0;
  return [...action.matchAll(WORD)].map(({ 0: text, index: at }) => {
    const between = action.slice(beyond, at).trimEnd();
    const isFirst = beyond === 0 && (between === "{{" || between === "{{-");
    beyond = at + text.length;
    const [, sign = "other", name = "", rest = ""] = /^([$.]?)([A-Za-z_]\w*)((?:\.\w*)*)$/.exec(text) ?? [];
    NO_MORE.lastIndex = beyond;
    return {
      text,
      at,
      // What follows a parenthesis is a field of what is in it.
      sign: between.endsWith(")") ? "other" : (sign as Word["sign"]),
      name,
      rest: rest.split(".").slice(1),
      isCalled: isFirst || between.endsWith("|") || between.endsWith("("),
      isFirst,
      isLast: NO_MORE.test(action),
    };
  });
}

interface Context {
  readonly subject: LintSubject;
  readonly declared: ReadonlySet<string | undefined>;
  readonly isOwn: boolean;
  readonly isMeant: boolean;
}

type Complaint = Pick<Misspelling, "severity" | "message"> | undefined;

function complaintOf(word: Word, context: Context): Complaint {
  if (word.sign === "$") return aboutVariable(word, context);
  if (word.sign === ".") return aboutField(word, context);
  return word.sign === "" ? aboutWord(word, context) : undefined;
}

function aboutVariable({ text, name, rest }: Word, { declared, subject }: Context): Complaint {
  if (VARIABLES.includes(name) || declared.has(name)) return undefined;
  const near = subject.didYouMean(text, like(VARIABLES, "$", rest));
  // A label without its map is forgotten more often than a variable is thought up.
  const hint = near === "" ? `; did you mean "$labels.${rest.at(-1) ?? name}"?` : near;
  return { severity: "error", message: `templates have no variable "$${name}"${hint}` };
}

/** Inside `range` and `with` the fields are those of something else. */
function aboutField({ text, name, rest, isFirst }: Word, { isOwn, isMeant, subject }: Context): Complaint {
  if (isOwn || FIELDS.includes(name) || !(isMeant || isFirst)) return undefined;
  const hint = subject.didYouMean(text, like(FIELDS, ".", rest));
  return { severity: "error", message: `templates have no field ".${name}"${hint}` };
}

/** A function, a variable that lacks its sign, or the end of nothing. */
function aboutWord(
  { text, name, rest, isCalled, isFirst, isLast }: Word,
  { isOwn, isMeant, subject }: Context,
): Complaint {
  const severity = isMeant || subject.kind === "rules" ? "error" : "warning";
  if (isFirst && isLast && !isOwn && BLOCK_PARTS.includes(name))
    return { severity, message: `"${name}" stands in no block` };
  if (isFirst && isLast && (name === "value" || !KNOWN_WORDS.has(name))) {
    const hint = subject.didYouMean(`$${text}`, like(VARIABLES, "$", rest));
    if (hint !== "") return { severity, message: `"${text}" is no variable${hint}` };
  }
  if (!isMeant || !isCalled || KNOWN_WORDS.has(name)) return undefined;
  const hint = subject.didYouMean(name, FUNCTIONS);
  return { severity: "error", message: `templates have no function "${name}"${hint}` };
}

/** The names as they would be written in the place of what was. */
function like(names: readonly string[], sign: string, rest: readonly string[]): string[] {
  return names.map((name) => [`${sign}${name}`, ...rest].join("."));
}
