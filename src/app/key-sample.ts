/** So many hashes are held at most: some 80 KB. */
const CAPACITY = 4_096;
/** Of the hashes that are taken: 31 bits, which are small integers to the engine and cost no allocation. */
const HASHES = 2 ** 31;

/** What is known of the keys of one variant. */
interface Keys {
  /** Counted one by one. */
  sampled: number;
  /** About how many there were: each that was counted stands for as many as the sample leaves out beside it. */
  estimate: number;
}

/**
 * Counts distinct keys in bounded memory, by adaptive sampling (Flajolet 1990): it holds the keys whose hash is below a limit,
 * which is halved whenever they become too many, so that what it counts is a sample of all keys by chance. Unlike the registers
 * of a HyperLogLog it tells which variant each of them had: the share of a variant is a share of users, and can be tested.
 * Exact up to 4,096 keys; beyond, 1.3 % standard error of all keys, and 1.3 %/√s of those of a variant that has the share s.
 */
export class KeySample {
  readonly on: Keys = { sampled: 0, estimate: 0 };
  readonly off: Keys = { sampled: 0, estimate: 0 };
  readonly #hashes = new Set<number>();
  #below = HASHES;

  /** @param hash 32 bits of the key; none of what decides on its variant */
  see(hash: number, isOn: boolean): void {
    const own = hash >>> 1;
    if (own >= this.#below || this.#hashes.has(own)) return;
    this.#hashes.add(own);
    const keys = isOn ? this.on : this.off;
    keys.sampled += 1;
    keys.estimate += HASHES / this.#below;
    while (this.#hashes.size > CAPACITY) this.#leaveOutHalf();
  }

  #leaveOutHalf(): void {
    this.#below /= 2;
    for (const hash of this.#hashes) if (hash >= this.#below) this.#hashes.delete(hash);
  }
}
