import { type CaseFigures, WITH_TRIGGERS } from "./cases.ts";
import { type Figures, figuresOf, type Judged } from "./figures.ts";
import { BURST_CLASSES, TRAFFICS } from "./rollout.ts";
import { HOLDS, type TriggerFigures } from "./trigger-days.ts";
import type { EpisodeFigures } from "./verification.ts";

/** What issue 13 promises, and whether it is kept. */
export interface Target {
  readonly name: string;
  readonly found: string;
  readonly met: boolean;
}

/** All that a run of the bench measured. */
export interface Measured {
  readonly judged: readonly Judged[];
  readonly cases: readonly CaseFigures[];
  readonly triggers: readonly TriggerFigures[];
  readonly episodes: readonly EpisodeFigures[];
}

/** The judges of the table: ours alone, and with the generated triggers whose `for` is two minutes, or one. */
export const GATES = "Rollguard";
export const TOGETHER = "with triggers, for: 2m";
export const TOGETHER_1M = "with triggers, for: 1m";

const MOST_FALSE = { independent: 5, burst: 20 };
const DAYS_A_FIRING = 500;

export function targetsOf({ judged, cases, triggers, episodes }: Measured): Target[] {
  const independent = judged.filter(({ rollout }) => !BURST_CLASSES.includes(rollout.class));
  const burst = judged.filter(({ rollout }) => BURST_CLASSES.includes(rollout.class));
  return [
    ...falseRollbacks("independent failures", independent, MOST_FALSE.independent),
    ...falseRollbacks("bursts", burst, MOST_FALSE.burst),
    ...shares(judged),
    ...casesMet(cases),
    ...verification(episodes),
    triggersSilent(triggers),
  ];
}

function falseRollbacks(name: string, judged: readonly Judged[], most: number): Target[] {
  return TRAFFICS.flatMap((traffic) => {
    const { healthy, falseRollbacks: count } = figuresOf(at(judged, traffic), TOGETHER);
    if (healthy === 0) return [];
    return [
      atMost(
        `${name}, ${traffic}/min: false rollbacks per 1,000 healthy, with triggers`,
        (count * 1_000) / healthy,
        most,
        `${count} of ${healthy}`,
      ),
    ];
  });
}

function at(judged: readonly Judged[], traffic: number): Judged[] {
  return judged.filter(({ rollout }) => rollout.traffic === traffic);
}

function shares(judged: readonly Judged[]): Target[] {
  const targets = (name: string, { completed, precision, recall, promoted, unclear }: Figures): Target[] => [
    atLeast(`${name}: share of healthy rollouts completed within 1.5 x their plan`, completed, 0.95),
    atLeast(`${name}: precision`, precision, 0.95),
    atLeast(`${name}: recall of bad ones`, recall, 0.99),
    {
      name: `${name}: promoted above the limit, of grey ones and those with too little to tell`,
      found: `${promoted} of ${unclear}`,
      met: promoted === 0,
    },
  ];
  return TRAFFICS.flatMap((traffic) => {
    const some = at(judged, traffic);
    return some.length === 0 ? [] : targets(`${traffic}/min`, figuresOf(some, GATES));
  });
}

function casesMet(cases: readonly CaseFigures[]): Target[] {
  const [canary, lateCanary, outage, lateOutage] = cases;
  return [
    ...timely(canary, GATES, 3, 6),
    ...timely(lateCanary, GATES, 6, 8),
    ...timely(outage, WITH_TRIGGERS, 3, 3),
    ...timely(lateOutage, WITH_TRIGGERS, 3, 3),
  ];
}

function timely(one: CaseFigures | undefined, judge: string, median: number, p95: number): Target[] {
  const known = one?.judges.find((figures) => figures.judge === judge);
  if (one === undefined || known === undefined) return [];
  const name = `${one.name}, at ${one.traffic}/min`;
  return [
    {
      name: `${name}: found in every run`,
      found: `${known.found} of ${one.runs}`,
      met: known.found === one.runs,
    },
    atMost(`${name}: minutes to find, median`, known.median, median),
    atMost(`${name}: minutes to find, p95`, known.p95, p95),
  ];
}

function verification(episodes: readonly EpisodeFigures[]): Target[] {
  return episodes.flatMap((episode) => {
    const { name, traffic, scatter, lag, verdicts, median } = episode;
    const title = `${name}, ${traffic}/s${scatter > 0 ? `, scatter ${scatter}` : ""}${lag > 0 ? `, flag lag ${lag} s` : ""}`;
    if (name.startsWith("nothing helped")) {
      const most = scatter > 0 ? 0.1 : 0.02;
      return [
        atMost(`${title}: share falsely verified`, verdicts.verified / episode.episodes, most, undefined),
      ];
    }
    return traffic === 2
      ? [atMost(`${title}: minutes to "verified", median`, (median ?? Infinity) / 60, lag > 0 ? 6 : 5)]
      : [];
  });
}

/** Of every rule, limit and traffic the one that fires most often. */
function triggersSilent(triggers: readonly TriggerFigures[]): Target {
  const rates = triggers
    .filter(({ rule }) => rule === "score")
    .map((one) => ({ ...one, most: Math.max(...one.firings) }))
    .sort((a, b) => b.most / b.days - a.most / a.days);
  const [worst] = rates;
  const found =
    worst === undefined
      ? "-"
      : `${worst.most} in ${worst.days} days at ${worst.limit * 100} %, ${worst.traffic}/min`;
  return {
    name: `each generated trigger at 0.3 x its limit: at most one false firing in ${DAYS_A_FIRING} service-days (for: ${HOLDS.map((hold) => `${hold / 60}m`).join(", ")})`,
    found,
    met: worst === undefined || worst.most / worst.days <= 1 / DAYS_A_FIRING,
  };
}

function atMost(name: string, value: number | null, most: number, said?: string): Target {
  const found = value === null ? "-" : format(value);
  return {
    name: `${name} <= ${most}`,
    found: said === undefined ? found : `${found} (${said})`,
    met: value === null || value <= most,
  };
}

/** A share of nothing is no miss. */
function atLeast(name: string, value: number | null, least: number): Target {
  return {
    name: `${name} >= ${least * 100} %`,
    found: value === null ? "-" : `${format(value * 100)} %`,
    met: value === null || value >= least,
  };
}

function format(value: number): string {
  return Number(value.toFixed(2)).toString();
}
