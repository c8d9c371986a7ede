const MAX_BODIES = 8;
const MAX_BYTES = 256 * 1024 ** 2;

/** The bytes of all bodies that are being received or answered: many large ones at once must not fill the memory. */
export class BodyBudget {
  readonly #limit: number;
  #taken = 0;

  /** @param maxBody bytes of the largest body; one such fits in any case */
  constructor(maxBody: number) {
    this.#limit = Math.max(maxBody, Math.min(MAX_BODIES * maxBody, MAX_BYTES));
  }

  /** For one body. Give it back when it is answered. */
  open(): BodyShare {
    let taken = 0;
    return {
      take: (bytes) => {
        if (this.#taken + bytes > this.#limit) return false;
        this.#taken += bytes;
        taken += bytes;
        return true;
      },
      giveBack: () => {
        this.#taken -= taken;
        taken = 0;
      },
    };
  }
}

export interface BodyShare {
  /** False when there is no room for so many more. */
  take(bytes: number): boolean;
  /** All that was taken. To give back twice is fine. */
  giveBack(): void;
}
