import type { RuleFile } from "../../domain/generate/rule-file.ts";
import type { Deadline } from "../deadline.ts";
import { inParallel } from "../in-parallel.ts";
import type { LoadedRuleGroup, MetricsSource } from "../ports.ts";
import { compareRules, pairsOf, type SameExpression } from "./compare-rules.ts";
import { counted, fail, listed, type PreflightCheck, pass, warn } from "./preflight-check.ts";

const FIX = "run `rollguard generate` and reload Prometheus";

/** Expressions that are laid out at the same time. */
const AT_ONCE = 4;

/** What judges the rollout must be what the policy says. */
export async function checkRules(
  application: string,
  file: RuleFile,
  metrics: MetricsSource,
  deadline: Deadline,
): Promise<PreflightCheck> {
  const names = file.groups.map(({ name }) => name);
  const loaded = await deadline.run("Prometheus", () => metrics.ruleGroups(names));
  const total = counted(file.groups.flatMap(({ rules }) => rules).length, "generated rule");
  if (!loaded.some(({ name }) => names.includes(name)))
    return fail("rules", `Prometheus has loaded none of the ${total} of ${application}`, FIX);

  const { layouts, problem } = await layoutsOf(metrics, file, loaded, deadline);
  const { differences, undecided } = compareRules(file, loaded, sameBy(layouts));
  if (differences.length > 0)
    return fail("rules", `the loaded rules are not the generated ones: ${differences.join("; ")}`, FIX);
  if (undecided.length > 0) {
    return warn(
      "rules",
      `it cannot be told whether these have the generated expression: ${listed(undecided)} (${problem})`,
      `compare them by hand, or ${FIX}`,
    );
  }
  return pass("rules", `${total} loaded, as generated`);
}

interface Layouts {
  /** By expression; one that could not be laid out is not in it. */
  readonly layouts: ReadonlyMap<string, string>;
  /** Why the last one could not be. */
  readonly problem: string;
}

/** Prometheus prints what it has loaded in its own way: only two texts of its own making can be compared. */
async function layoutsOf(
  metrics: MetricsSource,
  file: RuleFile,
  loaded: readonly LoadedRuleGroup[],
  deadline: Deadline,
): Promise<Layouts> {
  const unlike = pairsOf(file, loaded)
    .pairs.map(({ generated, loaded: rule }) => [generated.expr, rule.expr] as const)
    .filter(([ours, theirs]) => withoutSpaces(ours) !== withoutSpaces(theirs));
  const layouts = new Map<string, string>();
  let problem = "";
  await inParallel([...new Set(unlike.flat())], AT_ONCE, async (expr) => {
    try {
      layouts.set(expr, await deadline.run("Prometheus", () => metrics.format(expr)));
    } catch (error) {
      problem = (error as Error).message;
    }
  });
  return { layouts, problem };
}

function sameBy(layouts: ReadonlyMap<string, string>): SameExpression {
  return (generated, loaded) => {
    if (withoutSpaces(generated) === withoutSpaces(loaded)) return true;
    const ours = layouts.get(generated);
    const theirs = layouts.get(loaded);
    return ours === undefined || theirs === undefined ? null : ours === theirs;
  };
}

/** Spaces outside of strings mean nothing; most expressions differ in nothing else. */
function withoutSpaces(expr: string): string {
  return expr.replaceAll(
    /("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`)|\s+/g,
    (_, text?: string) => text ?? "",
  );
}
