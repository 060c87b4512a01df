// What a ledger's JSON Schema says about a payload, for whoever writes one. The server judges it.

/** A member that a schema describes. */
export interface MemberHint {
  name: string;
  kind: string;
  required: boolean;
  about: string;
}

/** The members of an object schema, as far as they can be told in a line each. */
export function hintOf(schema: unknown): MemberHint[] {
  const { properties, required } = objectOf(schema);
  const demanded: unknown[] = Array.isArray(required) ? required : [];
  return Object.entries(objectOf(properties)).map(([name, member]) => {
    const { type, enum: values, description, minimum, maximum, pattern } = objectOf(member);
    const limits = [
      minimum !== undefined && `from ${minimum}`,
      maximum !== undefined && `to ${maximum}`,
      typeof pattern === "string" && `like ${pattern}`,
      typeof description === "string" && description,
    ];
    const kind = Array.isArray(values) ? values.map((value) => JSON.stringify(value)).join(" or ") : [type].flat().filter(Boolean).join(" or ") || "any";
    return { name, kind, required: demanded.includes(name), about: limits.filter(Boolean).join(", ") };
  });
}

export function SchemaHint({ type, hint }: { type: string; hint: MemberHint[] }) {
  if (hint.length === 0) return null;
  return (
    <div class="hint" data-testid="schema">
      <p>What this ledger wants in a “{type}”:</p>
      <ul>
        {hint.map(({ name, kind, required, about }) => (
          <li key={name}>
            <code>{name}</code>: {kind}
            {!required && ", optional"}
            {about !== "" && `; ${about}`}
          </li>
        ))}
      </ul>
    </div>
  );
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
