/** An alert of a rule file that claims its name in the policy. */
export interface NameClaim {
  /** As it was written. */
  readonly name: string;
  readonly line: number;
  /** Whether it calls for a rollback, or is likely to be made to. */
  readonly rollsBack: boolean;
}

interface GivenName {
  readonly name: string;
  /** What there is to tell about it. */
  readonly note: string | null;
}

/** As the policy wants it. */
function cleaned(name: string): string {
  return name.trim().replaceAll(/[^A-Za-z0-9._-]+/g, "_") || "Unnamed";
}

/**
 * Gives alerts names that a policy takes. Alerts that had different names keep different names; of those that shared
 * one, the later ones get another where a rollback is in question: it belongs to a name.
 */
export class AlertNames {
  /** Where names stood that need no change. */
  readonly #unchanged = new Map<string, number>();
  readonly #given = new Map<string, NameClaim>();
  readonly #last = new Map<string, number>();

  /** @param written the names of all alerts, with their lines */
  constructor(written: readonly Pick<NameClaim, "name" | "line">[]) {
    for (const { name, line } of written)
      if (cleaned(name) === name && !this.#unchanged.has(name)) this.#unchanged.set(name, line);
  }

  give(claim: NameClaim): GivenName {
    const wanted = cleaned(claim.name);
    const isChanged = wanted !== claim.name;
    const other = this.#given.get(wanted);
    const taken = other?.line ?? (isChanged ? this.#unchanged.get(wanted) : undefined);
    if (taken === undefined) {
      this.#given.set(wanted, claim);
      return {
        name: wanted,
        note: isChanged ? `${called(claim.name, wanted)}: its name is used in URLs` : null,
      };
    }
    const isSame = other?.name === claim.name;
    if (!isSame || claim.rollsBack || other.rollsBack) {
      const name = this.#unused(wanted, claim);
      const why = isSame
        ? `line ${taken} has an alert of this name, and a rollback needs a name of its own`
        : `its name is used in URLs, and line ${taken} has the name ${wanted}`;
      return { name, note: `${called(claim.name, name)}: ${why}` };
    }
    const advice = "rename one of them before either rolls back";
    return {
      name: wanted,
      note: `the alert "${claim.name}" has the name of the one in line ${taken}: ${advice}`,
    };
  }

  #unused(wanted: string, claim: NameClaim): string {
    for (let number = (this.#last.get(wanted) ?? 1) + 1; ; number++) {
      const name = `${wanted}_${number}`;
      if (this.#unchanged.has(name) || this.#given.has(name)) continue;
      this.#last.set(wanted, number);
      this.#given.set(name, claim);
      return name;
    }
  }
}

function called(before: string, after: string): string {
  return `the alert "${before}" is called ${after} now`;
}
