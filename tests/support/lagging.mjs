// The built Worker beside a copy of its database that lags: a session that any copy may begin reads the binding REPLICA.
import Worker, * as built from "../../worker/entry.mjs";

export const { Limiter } = built;

/** Sessions that this isolate began, by what they ask for. */
const begun = {};

function lagging(primary, replica) {
  const withSession = (first) => {
    begun[first] = (begun[first] ?? 0) + 1;
    return (first === "first-unconstrained" ? replica : primary).withSession(first);
  };
  return new Proxy(primary, {
    get(_, name) {
      if (name === "withSession") return withSession;
      const value = primary[name];
      return typeof value === "function" && name !== "constructor" ? value.bind(primary) : value;
    },
  });
}

const behind = (env) => ({ ...env, DB: lagging(env.DB, env.REPLICA) });

export class Ledger extends built.Ledger {
  constructor(state, env) {
    super(state, behind(env));
  }
}

export default class extends Worker {
  constructor(context, env) {
    super(context, behind(env));
  }

  async fetch(request) {
    if (new URL(request.url).pathname === "/api/sessions") return Response.json(begun);
    return super.fetch(request);
  }
}
