/** Percent of users, by flag; 0 is off. */
export type Shares = Readonly<Record<string, number>>;

/** As domain.md lists them: what stands before anything is deployed. */
export const DEFAULTS: Shares = {
  orchestration_enabled: 100,
  security_hardening_enabled: 100,
  llm_integration_enabled: 100,
  aatc_system_enabled: 0,
  reward_learning_enabled: 100,
  error_handling_enabled: 100,
  otel_enabled: 100,
  performance_optimizations_enabled: 100,
  phase_1_complete: 100,
  phase_2_complete: 100,
  phase_3_complete: 100,
  phase_4_deployment: 0,
  darwin_integration_enabled: 0,
  a2a_integration_enabled: 0,
  waltzrl_safety_enabled: 10,
  sglang_router_enabled: 0,
  casebank_memory_enabled: 0,
  vllm_caching_enabled: 0,
  openenv_enabled: 0,
  longcontext_profiles_enabled: 0,
  htdag_enabled: 100,
  halo_enabled: 100,
  aop_enabled: 100,
  circuit_breaker_enabled: 100,
  performance_monitoring_enabled: 100,
  cost_optimization_enabled: 100,
  emergency_shutdown: 0,
  read_only_mode: 0,
  maintenance_mode: 0,
};

/** What the plans that only move traffic want: the critical flags on, the experimental ones off. */
const CORE: Shares = {
  orchestration_enabled: 100,
  security_hardening_enabled: 100,
  error_handling_enabled: 100,
  otel_enabled: 100,
  htdag_enabled: 100,
  halo_enabled: 100,
  aop_enabled: 100,
  circuit_breaker_enabled: 100,
  performance_monitoring_enabled: 100,
  cost_optimization_enabled: 100,
  aatc_system_enabled: 0,
  darwin_integration_enabled: 0,
  a2a_integration_enabled: 0,
};

/** Hybrid's first stage; Phase 4 is the traffic. */
const PHASES_1_TO_3: Shares = {
  orchestration_enabled: 100,
  security_hardening_enabled: 100,
  llm_integration_enabled: 100,
  reward_learning_enabled: 100,
  error_handling_enabled: 100,
  otel_enabled: 100,
  performance_optimizations_enabled: 100,
  phase_1_complete: 100,
  phase_2_complete: 100,
  phase_3_complete: 100,
  htdag_enabled: 100,
  halo_enabled: 100,
  aop_enabled: 100,
  circuit_breaker_enabled: 100,
  performance_monitoring_enabled: 100,
  cost_optimization_enabled: 100,
};

/** Begins and ends after the start, traffic, how often it is looked at, and the flags that the stage sets. */
export type Row = readonly [begins: string, ends: string, traffic: number, every: string, flags?: Shares];

/**
 * domain.md's table, with its flags. A gate that wants six good checks in a row has the longest bakes looked at more
 * often than the table says: at least six times.
 */
export const PLANS: Readonly<Record<string, readonly Row[]>> = {
  safe: [
    ["0s", "24h", 5, "1h", CORE],
    ["24h", "48h", 10, "2h"],
    ["48h", "72h", 25, "2h40m"],
    ["72h", "96h", 50, "3h20m"],
    ["96h", "120h", 75, "3h20m"],
    ["120h", "144h", 100, "4h"],
  ],
  "six-day": [
    ["0s", "12h", 5, "15m", CORE],
    ["12h", "24h", 10, "15m"],
    ["24h", "48h", 25, "1h"],
    ["48h", "72h", 50, "2h"],
    ["72h", "96h", 75, "4h"],
    ["96h", "120h", 100, "4h"],
    ["120h", "168h", 100, "8h"],
  ],
  fast: [
    ["0s", "24h", 25, "1h", CORE],
    ["24h", "48h", 50, "1h"],
    ["48h", "72h", 100, "1h"],
  ],
  instant: [["0s", "60s", 100, "10s", CORE]],
  custom: [
    ["0s", "10m", 0, "30s", CORE],
    ["10m", "20m", 10, "30s"],
    ["20m", "30m", 50, "30s"],
    ["30m", "40m", 100, "30s"],
  ],
  hybrid: [
    ["0s", "8h", 30, "15m", PHASES_1_TO_3],
    [
      "8h",
      "16h",
      60,
      "15m",
      { darwin_integration_enabled: 50, a2a_integration_enabled: 50, waltzrl_safety_enabled: 25 },
    ],
    [
      "16h",
      "24h",
      85,
      "10m",
      { sglang_router_enabled: 50, casebank_memory_enabled: 50, vllm_caching_enabled: 50 },
    ],
    ["24h", "32h", 100, "10m", { openenv_enabled: 25, longcontext_profiles_enabled: 25 }],
    [
      "32h",
      "40h",
      100,
      "5m",
      {
        sglang_router_enabled: 100,
        casebank_memory_enabled: 100,
        vllm_caching_enabled: 100,
        openenv_enabled: 100,
        longcontext_profiles_enabled: 100,
      },
    ],
    ["40h", "48h", 100, "15m"],
  ],
  conservative: [
    ["0s", "12h", 20, "15m"],
    ["12h", "24h", 50, "15m", { darwin_integration_enabled: 50 }],
    [
      "24h",
      "36h",
      80,
      "15m",
      { darwin_integration_enabled: 100, a2a_integration_enabled: 50, sglang_router_enabled: 50 },
    ],
    [
      "36h",
      "48h",
      100,
      "15m",
      {
        a2a_integration_enabled: 100,
        sglang_router_enabled: 100,
        casebank_memory_enabled: 100,
        vllm_caching_enabled: 100,
        openenv_enabled: 100,
        longcontext_profiles_enabled: 100,
      },
    ],
  ],
  aggressive: [
    ["0s", "6h", 25, "15m"],
    ["6h", "12h", 50, "15m", { darwin_integration_enabled: 50, a2a_integration_enabled: 50 }],
    [
      "12h",
      "24h",
      75,
      "15m",
      { sglang_router_enabled: 50, casebank_memory_enabled: 50, vllm_caching_enabled: 50 },
    ],
    [
      "24h",
      "48h",
      100,
      "15m",
      {
        sglang_router_enabled: 100,
        casebank_memory_enabled: 100,
        vllm_caching_enabled: 100,
        openenv_enabled: 100,
        longcontext_profiles_enabled: 100,
      },
    ],
  ],
};

/** Whatever a plan has a word in stands the other way round. */
export const UPSIDE_DOWN: Shares = {
  ...DEFAULTS,
  ...Object.fromEntries(Object.keys({ ...CORE, ...PHASES_1_TO_3 }).map((key) => [key, 0])),
  aatc_system_enabled: 100,
  darwin_integration_enabled: 100,
  a2a_integration_enabled: 33,
  phase_4_deployment: 100,
};
