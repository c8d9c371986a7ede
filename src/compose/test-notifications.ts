import { ReportFiles } from "../adapters/report/report-files.ts";
import { sampleIncident } from "../app/notify/sample-incident.ts";
import { Policies } from "../app/policies.ts";
import type { Settings } from "../config/settings.ts";
import type { Channel } from "../domain/message.ts";
import type { Policy } from "../domain/policy.ts";
import { composeNotifiers } from "./notifications.ts";
import { policiesOf } from "./policies-of.ts";

export interface ChannelTested {
  readonly application: string;
  readonly channel: Channel;
  readonly ok: boolean;
  /** Where it went, or why it did not. */
  readonly told: string;
}

/** A report is a file: it is tried whether one can be written. */
const TESTED: readonly Channel[] = ["slack", "pagerduty", "email", "stakeholders", "webhook", "report"];
/** A sample is about nothing that happened, so that nothing is asked. */
const NOTHING_ELSE = {
  metrics: null,
  clock: { now: () => Date.now() },
  logger: { debug() {}, info() {}, warn() {}, error() {} },
};
/** Milliseconds that a service has. */
const PATIENCE = 30_000;

export interface TestWish {
  /** All of them without. */
  readonly application?: string | undefined;
  readonly channel?: string | undefined;
}

/**
 * Sends a marked sample to each channel that is configured, of each application; one that fails keeps no other from it.
 * @param told called with each result as soon as it is there
 * @throws StartError when the policies are not right
 */
export async function testNotifications(
  settings: Settings,
  { application, channel }: TestWish,
  told: (tested: ChannelTested) => void,
): Promise<readonly ChannelTested[]> {
  const policies = policiesOf(settings);
  const wanted = policies.filter(
    (policy) => application === undefined || policy.application.name === application,
  );
  const { notifiers, close } = await composeNotifiers({
    settings,
    reports: reportsOf(settings),
    policies: new Policies(policies),
    ...NOTHING_ELSE,
  });
  try {
    const channels = TESTED.filter((one) => notifiers.has(one) && (channel === undefined || channel === one));
    const tests = wanted.flatMap((policy) =>
      channels
        .filter((one) => isUsed(one, policy))
        .map(async (one): Promise<ChannelTested> => {
          const tested = { application: policy.application.name, channel: one, ...(await test(policy, one)) };
          told(tested);
          return tested;
        }),
    );
    return await Promise.all(tests);
  } finally {
    close();
  }

  async function test(policy: Policy, one: Channel): Promise<Pick<ChannelTested, "ok" | "told">> {
    const { production, externalUrl } = settings;
    const sample = sampleIncident({ policy, now: Date.now(), production, externalUrl });
    try {
      const where = await notifiers.get(one)?.test(sample, AbortSignal.timeout(PATIENCE));
      return { ok: true, told: where ?? "" };
    } catch (error) {
      return { ok: false, told: (error as Error).message };
    }
  }
}

/** Of stakeholders there need not be any. */
function isUsed(channel: Channel, { notifications }: Policy): boolean {
  return channel !== "stakeholders" || notifications.stakeholders.to.length > 0;
}

/** To write a test into; nothing is reported on. */
function reportsOf({ reports: directory }: Settings): ReportFiles | null {
  const makeReport = (): Promise<never> => Promise.reject(new TypeError("a sample is about nothing"));
  return directory === null ? null : new ReportFiles({ directory, makeReport, clock: NOTHING_ELSE.clock });
}
