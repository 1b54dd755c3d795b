/** Exact decimal arithmetic; it lives with the other nouns that several floors share. */
export * from "../decimal.ts";
