import { readFileSync } from "node:fs";

export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment, with the `_FILE` variants that keep a secret out of process listings. */
export class SettingSource {
  readonly #environment: Environment;
  readonly #report: (problem: string) => undefined;

  constructor(environment: Environment, report: (problem: string) => undefined) {
    this.#environment = environment;
    this.#report = report;
  }

  text(name: string): string | undefined {
    return this.#environment[name]?.trim() || undefined;
  }

  parsed<T>(
    name: string,
    standard: string,
    parse: (text: string) => T | undefined,
    expected: string,
  ): T | undefined {
    const text = this.text(name) ?? standard;
    return parse(text) ?? this.#report(`${name}: "${text}" is not ${expected}`);
  }

  file(name: string): string | undefined {
    const path = this.text(name);
    if (path === undefined) return undefined;
    try {
      return readFileSync(path, "utf8");
    } catch (error) {
      return this.#report(`${name}: cannot read ${path}: ${(error as Error).message}`);
    }
  }

  secret(name: string): string | undefined {
    if (this.text(name) && this.text(`${name}_FILE`)) {
      return this.#report(`${name} and ${name}_FILE are both set: keep one`);
    }
    const content = this.file(`${name}_FILE`)?.trim();
    if (content === "") return this.#report(`${name}_FILE: the file is empty`);
    return this.text(name) ?? content;
  }
}
