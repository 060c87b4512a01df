// What a list of records is filtered by.

/** What a visitor filters by; an empty text means any. Times are what a `datetime-local` field holds, in UTC. */
export interface Filter {
  type: string;
  source: string;
  subject: string;
  since: string;
  until: string;
}

export const NO_FILTER: Filter = { type: "", source: "", subject: "", since: "", until: "" };

export function isFiltered(filter: Filter): boolean {
  return Object.values(filter).some((value) => value !== "");
}

/** What a `datetime-local` field holds, as RFC 3339 in UTC. The field leaves out seconds that are 0. */
export function utcOf(local: string): string {
  return `${local.length === 16 ? `${local}:00` : local}Z`;
}
