// Adds the optional packages of other platforms to package-lock.json.
//
// npm writes only those that the registry answered for. A mirror that holds nothing but this platform's leaves
// the others out, and `npm ci` of npm 11 then refuses the lock ("Missing … from lock file"). Run it after
// changing a dependency behind such a mirror: node scripts/complete-lock.mjs
import { readFileSync, writeFileSync } from "node:fs";

const SYSTEMS = ["android", "darwin", "linux", "win32", "freebsd", "openharmony", "aix", "sunos"];
const PROCESSORS = ["arm64", "x64", "ia32", "arm", "ppc64", "riscv64", "s390x", "loong64"];

const lock = JSON.parse(readFileSync("package-lock.json", "utf8"));
const added = [];

for (const parent of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    const path = `node_modules/${name}`;
    const words = name.split(/[/-]/);
    const os = words.find((word) => SYSTEMS.includes(word));
    if (path in lock.packages || os === undefined || !/^\d/.test(version)) continue;
    const cpu = words.find((word) => PROCESSORS.includes(word));
    const libc = name.includes("musl")
      ? "musl"
      : os === "linux" && name.includes("gnu")
        ? "glibc"
        : undefined;
    lock.packages[path] = {
      version,
      ...(cpu === undefined ? {} : { cpu: [cpu] }),
      ...(parent.dev ? { dev: true } : {}),
      ...(libc === undefined ? {} : { libc: [libc] }),
      optional: true,
      os: [os],
    };
    added.push(name);
  }
}

const paths = Object.keys(lock.packages).sort((a, b) => (a < b ? -1 : 1));
lock.packages = Object.fromEntries(paths.map((path) => [path, lock.packages[path]]));
writeFileSync("package-lock.json", `${JSON.stringify(lock, null, 2)}\n`);
process.stdout.write(`${added.length} optional packages added\n`);
