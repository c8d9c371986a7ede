import type { AlertRule } from "../../domain/alert.ts";

/**
 * What an alert's value was, against what it should be: `3.2, fires when > 1`. The value is read back out of its description,
 * which Prometheus has filled in: what it would answer now is another value.
 * @returns null where the rule's description does not tell it
 */
export function alertValue(rule: AlertRule | undefined, description: string | null): string | null {
  const template = rule?.annotations.get("description");
  if (rule === undefined || template === undefined || description === null) return null;
  const value = patternOf(template).exec(description)?.groups?.value;
  if (value === undefined) return null;
  const limit = limitOf(rule);
  return limit === undefined ? value : `${value}, fires when ${limit}`;
}

function limitOf({ expr, condition, limits }: AlertRule): string | undefined {
  if (condition === undefined) {
    const [, limit] = /((?:==|!=|[<>]=?)\s*-?\d[\d.e+-]*)\s*$/.exec(expr) ?? [];
    return limit?.replace(/\s+/g, " ");
  }
  if ("slo" in condition) return `the error budget of ${condition.slo} % burns too fast`;
  // Which of them it was hangs on the traffic.
  return limits.length > 0 ? undefined : `${condition.bad === "above" ? ">" : "<"} ${condition.limit}`;
}

/** Of the rule's template: its `$value` is caught, whatever stands for another placeholder is skipped. */
function patternOf(template: string): RegExp {
  let isCaught = false;
  const pattern = template
    .trim()
    .split(/(\{\{.*?\}\})/)
    .map((part) => {
      if (!part.startsWith("{{")) return part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
      if (isCaught || !part.includes("$value")) return ".*?";
      isCaught = true;
      return "(?<value>.+?)";
    })
    .join("");
  // The description may have been cut.
  return new RegExp(`^${pattern}`, "s");
}
