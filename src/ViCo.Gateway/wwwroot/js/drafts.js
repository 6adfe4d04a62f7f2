const prefix = 'vico-draft-';

/** What somebody types and has not sent, by concept: it outlives a reload and a look at another concept, and goes at sign-out. */
export const drafts = {
  read(concept) {
    try { return JSON.parse(sessionStorage.getItem(prefix + concept)) ?? {}; } catch { return {}; }
  },
  write(concept, draft) {
    try { sessionStorage.setItem(prefix + concept, JSON.stringify(draft)); } catch { /* no room: it lives until the reload */ }
  },
  forget() {
    for (const key of Object.keys(sessionStorage)) if (key.startsWith(prefix)) sessionStorage.removeItem(key);
  },
};
