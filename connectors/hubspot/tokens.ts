/** The access token that all requests share: fixed, or made from a refresh token before it runs out. */
export interface Token {
  readonly text: string;
  /** Milliseconds since 1970 from which on it is not used any more; Infinity: it does not run out. */
  readonly until: number;
}

export interface Tokens {
  /** Times that a token was made anew, the first aside. */
  readonly refreshes: number;
  /** A token that holds; those who ask while it is being made share it. */
  current(): Promise<Token>;
  /** A token other than `refused`; null: there is only this one. */
  renew(refused: Token): Promise<Token | null>;
}

/** A private app's token or a service key. */
export function fixedToken(text: string): Tokens {
  const token: Token = { text, until: Number.POSITIVE_INFINITY };
  return { refreshes: 0, current: async () => token, renew: async () => null };
}

/** `make` makes a token; `now` is the clock of `Token.until`. */
export function madeTokens(make: () => Promise<Token>, now: () => number): Tokens {
  let held: Token | null = null;
  let making: Promise<Token> | null = null;
  let made = 0;
  const start = (): Promise<Token> => {
    making ??= make()
      .then((token) => {
        made++;
        held = token;
        return token;
      })
      .finally(() => {
        making = null;
      });
    return making;
  };
  return {
    get refreshes() {
      return Math.max(0, made - 1);
    },
    async current() {
      return held !== null && held.until > now() ? held : await start();
    },
    async renew(refused) {
      return held !== null && held !== refused ? held : await start();
    },
  };
}
