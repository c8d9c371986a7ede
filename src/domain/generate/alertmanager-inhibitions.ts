import { BLIND_LABEL, ROLLBACK_LABEL } from "./alerting-rule.ts";
import type { InhibitRule } from "./alertmanager-file.ts";

/** What Rollguard acts on is never muted, whatever else is firing, and whatever its name and severity are. */
const NOT_FOR_ROLLGUARD = [`${ROLLBACK_LABEL}=""`, `${BLIND_LABEL}=""`];

/** What says less is quiet while what says more is firing, of the same application. */
export const INHIBITIONS: readonly (InhibitRule & { readonly name: string })[] = [
  {
    name: "a rollback quiets the warnings of its application",
    source_matchers: [`${ROLLBACK_LABEL}=~".+"`],
    target_matchers: ['severity="warning"', ...NOT_FOR_ROLLGUARD],
    equal: ["application"],
  },
  {
    name: "no responder at all: what each of them cannot do goes without saying",
    source_matchers: ['alertname="RollguardDown"'],
    target_matchers: ['alertname=~"RollguardInstanceDown|RollguardTrafficUnknown"', ...NOT_FOR_ROLLGUARD],
    equal: ["application"],
  },
  {
    name: "without the store the traffic is unknown",
    source_matchers: ['alertname="RollguardStoreDown"'],
    target_matchers: ['alertname="RollguardTrafficUnknown"', ...NOT_FOR_ROLLGUARD],
    equal: ["application"],
  },
];
