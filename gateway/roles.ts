// What the bearer of a token may do: buy, ask for others, or run the house.
export const ROLES = ['customer', 'service', 'admin'] as const
export type Role = (typeof ROLES)[number]
