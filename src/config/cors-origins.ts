import type { CorsOrigins } from "../adapters/http/cors.ts";

/** Reads a list of origins, separated by commas, or `*`. Origins are compared as they are: nothing of one is left out. */
export function parseCorsOrigins(text: string): { origins: CorsOrigins; problems: string[] } {
  const parts = text.split(",").map((part) => part.trim());
  const named = parts.filter((part) => part !== "");
  if (named.length === 1 && named[0] === "*") return { origins: "*", problems: [] };
  const problems = named.map(problemOf).filter((problem) => problem !== null);
  if (named.length === 0) problems.push("there is no origin in it");
  return { origins: new Set(named), problems };
}

function problemOf(text: string): string | null {
  if (text === "*") return '"*" stands for all origins: it goes alone';
  const expected = `"${text}" is no origin such as https://app.example.org`;
  if (text.includes("*")) return `${expected}: there are no patterns, only whole origins, or "*" alone`;
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return expected;
  const { origin, username } = new URL(text);
  if (origin === text) return null;
  return username === "" ? `${expected}; did you mean ${origin}?` : "an origin has no user in it";
}
