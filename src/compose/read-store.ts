import type { ApplicationView } from "../app/describe-application.ts";
import { Policies } from "../app/policies.ts";
import type { StateStore, StoreObserver } from "../app/ports.ts";
import { viewApplications } from "../app/sample-applications.ts";
import type { Settings } from "../config/settings.ts";
import type { ApplicationState } from "../domain/state.ts";
import { openStore } from "./open-store.ts";
import { policiesOf } from "./policies-of.ts";

const nobody: StoreObserver = { lockWaited() {}, transacted() {}, conflicted() {} };

/**
 * What the store holds now, without a server: for the hour in which there is none.
 * @throws StartError, RollguardError `store_unavailable`
 */
export async function readApplications(settings: Settings): Promise<readonly ApplicationView[]> {
  const policies = new Policies(policiesOf(settings));
  return await reading(settings, (store) => viewApplications({ policies, store, clock: store.clock }));
}

/**
 * The state of each application as the store holds it now, to try things on.
 * @throws RollguardError `store_unavailable`
 */
export async function readStates(
  settings: Settings,
  applications: readonly string[],
): Promise<ReadonlyMap<string, ApplicationState>> {
  return await reading(settings, async (store) => {
    const states = applications.map(async (name) => [name, await store.read(name)] as const);
    return new Map(await Promise.all(states));
  });
}

async function reading<T>(settings: Settings, read: (store: StateStore) => Promise<T>): Promise<T> {
  const store = await openStore(settings, { observer: nobody, readOnly: true });
  try {
    await store.ping();
    return await read(store);
  } finally {
    await store.close();
  }
}
