import { parseArgs } from "node:util";
import { UsageError } from "./io.ts";
import { numberOf, numbersOf, secondsOf, wholeNumberOf } from "./numbers.ts";
import { OPERATOR_OPTIONS } from "./operator-options.ts";

export interface DeployOptions {
  readonly application: string | undefined;
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly sure: boolean;
  readonly json: boolean;
  readonly revision: number | undefined;
  readonly acknowledge: boolean;
  /** What the server is asked for. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** @throws UsageError when a number is none; whether it makes sense is for the server to say */
export function readDeployOptions(argv: readonly string[]): DeployOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      plan: { type: "string" },
      strategy: { type: "string" },
      steps: { type: "string" },
      wait: { type: "string" },
      "target-percentage": { type: "string" },
      "error-threshold": { type: "string" },
      "latency-threshold": { type: "string" },
      ...OPERATOR_OPTIONS,
      acknowledge: { type: "boolean" },
      yes: { type: "boolean" },
      "yes-i-am-sure": { type: "boolean" },
    },
  });
  const { plan, strategy, acknowledge = false } = values;
  if (plan !== undefined && strategy !== undefined && plan !== strategy)
    throw new UsageError("--plan and --strategy are the same; say one of them");
  return {
    application: values.application,
    dryRun: values["dry-run"] === true,
    yes: values.yes === true,
    sure: values["yes-i-am-sure"] === true,
    json: values.json === true,
    revision: wholeNumberOf("revision", values.revision, 0),
    acknowledge,
    // What was not said is left out: the server knows the defaults.
    body: {
      plan: plan ?? strategy,
      steps: numbersOf("steps", values.steps),
      wait: secondsOf("wait", values.wait),
      targetPercentage: numberOf("target-percentage", values["target-percentage"]),
      errorThreshold: numberOf("error-threshold", values["error-threshold"]),
      latencyThreshold: numberOf("latency-threshold", values["latency-threshold"]),
      reason: values.reason,
      acknowledge,
    },
  };
}
