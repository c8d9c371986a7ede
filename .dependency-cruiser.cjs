/** One direction: main → cli → compose → config → adapters → app → domain. A lower room never knows a higher one. */
const rooms = ["domain", "app", "adapters", "config", "compose", "cli", "main"];
const pattern = {
  domain: "^src/domain/",
  app: "^src/app/",
  adapters: "^src/adapters/",
  config: "^src/config/",
  compose: "^src/compose\\.ts$|^src/compose/",
  cli: "^src/cli/",
  main: "^src/main\\.ts$",
};

const oneWay = rooms.slice(0, -1).map((room, index) => ({
  name: `${room}-knows-nothing-above`,
  severity: "error",
  from: { path: pattern[room] },
  to: {
    path: rooms
      .slice(index + 1)
      .map((above) => pattern[above])
      .join("|"),
  },
}));

/** @type {import("dependency-cruiser").IConfiguration} */
module.exports = {
  forbidden: [
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    { name: "no-orphans", severity: "error", from: { orphan: true, path: "^src/" }, to: {} },
    ...oneWay,
    {
      name: "domain-imports-nothing-outside-itself",
      severity: "error",
      from: { path: "^src/domain/" },
      to: { pathNot: "^src/domain/" },
    },
    {
      name: "app-uses-no-packages",
      comment: "Use cases speak to the world through ports.",
      severity: "error",
      from: { path: "^src/app/" },
      to: { dependencyTypes: ["npm", "core"] },
    },
    {
      name: "adapters-are-strangers",
      comment: "Sibling adapters never import each other.",
      severity: "error",
      from: { path: "^src/adapters/([^/]+)/" },
      to: { path: "^src/adapters/", pathNot: "^src/adapters/$1/" },
    },
    {
      name: "stores-are-strangers",
      severity: "error",
      from: { path: "^src/adapters/store/(redis|embedded)/" },
      to: { path: "^src/adapters/store/(redis|embedded)/", pathNot: "^src/adapters/store/$1/" },
    },
    {
      name: "src-knows-no-tests",
      severity: "error",
      from: { path: "^src/" },
      to: { path: "^(test|bench|scripts|examples)/" },
    },
    {
      name: "no-dev-packages-in-src",
      severity: "error",
      from: { path: "^src/" },
      to: { dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"], dependencyTypesNot: ["type-only"] },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    parser: "swc",
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: [".ts", ".js", ".json"] },
  },
};
