/** The session that all requests share: made when first needed, made anew once when it ran out. */
import type { Session } from "./auth.ts";

export interface Sessions {
  /** Times that the session was made anew. */
  readonly refreshes: number;
  current(): Promise<Session>;
  /** A session other than `expired`; those who ask at the same time share one log-in. */
  renew(expired: Session): Promise<Session>;
}

export function createSessions(logIn: () => Promise<Session>): Sessions {
  let session: Promise<Session> | null = null;
  let refreshes = 0;
  const start = (): Promise<Session> => {
    const made = logIn();
    session = made;
    // a failed log-in is not kept
    made.catch(() => {
      if (session === made) session = null;
    });
    return made;
  };
  return {
    get refreshes() {
      return refreshes;
    },
    current: () => session ?? start(),
    async renew(expired) {
      const held = session;
      if (held !== null && (await held) !== expired) return await held;
      // somebody else may have begun while we waited
      if (session !== held) return await (session ?? start());
      refreshes++;
      return await start();
    },
  };
}
