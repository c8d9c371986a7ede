import type { Contender } from "./contenders.ts";

interface Progress {
  readonly revision: number;
  /** Whether a rollback is open: whether anything is being tracked. */
  readonly open: boolean;
}

export const WEBHOOK = "/api/v1/alerts";

/** @throws Error when an answer is not a 2xx */
export async function post({ name, url }: Contender, bodies: readonly Buffer[]): Promise<void> {
  for (const body of bodies) {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`${url}${WEBHOOK}`, { method: "POST", headers, body: new Uint8Array(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${name}: ${answer.status} ${text}`);
  }
}

/** Ends the open rollback, as an operator does who need not wait until it is verified. */
export async function endRollback({ name, url }: Contender): Promise<void> {
  const api = `${url}/api/v1/applications/genesis/rollbacks`;
  const { rollbacks } = (await (await fetch(api)).json()) as { rollbacks: { id: string; open: boolean }[] };
  for (const { id } of rollbacks.filter(({ open }) => open)) {
    const body = JSON.stringify({ reason: "the round is over", force: true });
    const answer = await fetch(`${api}/${id}/acknowledge`, { method: "POST", body });
    if (!answer.ok) throw new Error(`${name}: ${answer.status} ${await answer.text()}`);
  }
}

export async function progressOf({ name, url }: Contender): Promise<Progress> {
  const answer = await fetch(`${url}/api/v1/applications`);
  if (!answer.ok) throw new Error(`${name}: ${answer.status} ${await answer.text()}`);
  const { applications } = (await answer.json()) as {
    applications: readonly { application: string; revision: number; rollback: object | null }[];
  };
  const genesis = applications.find(({ application }) => application === "genesis");
  if (genesis === undefined) throw new Error(`${name} does not know the application "genesis"`);
  return { revision: genesis.revision, open: genesis.rollback !== null };
}
