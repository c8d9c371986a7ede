/** Keys and indexes from the policy file's root down, such as `["alerts", 3]`. */
export type PolicyPath = readonly (string | number)[];
