// The server's OpenAPI 3.1 description, as far as this page reads it.

export interface Schema {
  $ref?: string;
  type?: string | string[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  oneOf?: Schema[];
  anyOf?: Schema[];
  allOf?: Schema[];
  enum?: unknown[];
  description?: string;
  example?: unknown;
  default?: unknown;
}

export interface Parameter {
  name: string;
  in: "path" | "query" | "header" | "cookie";
  required?: boolean;
  description?: string;
  schema?: Schema;
}

interface Described {
  summary?: string;
  description?: string;
  tags?: string[];
  security?: unknown[];
  parameters?: Parameter[];
  requestBody?: { content?: Record<string, { schema?: Schema }> };
  responses?: Record<string, { description?: string }>;
}

export interface Document {
  info: { title: string; version: string; description?: string };
  paths: Record<string, Record<string, Described>>;
  components?: { schemas?: Record<string, Schema> };
  tags?: { name: string; description?: string }[];
}

/** One call of the API. */
export interface Operation extends Described {
  id: string;
  method: string;
  path: string;
  tag: string;
  /** Media type of the body, if the call takes one. */
  bodyType: string | undefined;
}

const METHODS = ["get", "post", "put", "delete", "patch"];

/** Every call, in the document's order. */
export function operationsOf({ paths }: Document): Operation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    METHODS.flatMap((method) => {
      const described = methods[method];
      if (!described) return [];
      const bodyType = Object.keys(described.requestBody?.content ?? {})[0];
      return [{ ...described, id: `${method}-${path}`, method: method.toUpperCase(), path, tag: described.tags?.[0] ?? "other", bodyType }];
    }),
  );
}

/** Deeper than any body of this API; a schema that refers to itself ends here. */
const MAX_DEPTH = 6;

/** A value that shows a schema's shape: its example, or its mandatory members. */
export function sampleOf(schema: Schema | undefined, document: Document, depth = 0): unknown {
  if (!schema || depth > MAX_DEPTH) return null;
  if (schema.$ref) return sampleOf(document.components?.schemas?.[schema.$ref.split("/").at(-1) ?? ""], document, depth + 1);
  if (schema.example !== undefined) return schema.example;
  if (schema.default !== undefined) return schema.default;
  if (schema.enum) return schema.enum[0];
  const choice = schema.oneOf?.[0] ?? schema.anyOf?.[0];
  if (choice) return sampleOf(choice, document, depth + 1);
  if (schema.allOf) return Object.assign({}, ...schema.allOf.map((part) => sampleOf(part, document, depth + 1)));
  const type = [schema.type].flat()[0];
  if (type === "object" || schema.properties) {
    const wanted = Object.entries(schema.properties ?? {}).filter(([name]) => schema.required?.includes(name));
    return Object.fromEntries(wanted.map(([name, member]) => [name, sampleOf(member, document, depth + 1)]));
  }
  if (type === "array") return [sampleOf(schema.items, document, depth + 1)];
  return { string: "", integer: 0, number: 0, boolean: false }[type ?? ""] ?? null;
}

/** The address of a call with these parameters; those left empty are left out. */
export function addressOf({ path, parameters = [] }: Operation, values: Record<string, string>): string {
  const filled = path.replace(/\{\*?([^}]+)\}/g, (_, name: string) => encodeURIComponent(values[`path.${name}`] ?? "").replaceAll("%2F", "/"));
  const query = new URLSearchParams();
  for (const { name, in: place } of parameters) {
    const value = values[`${place}.${name}`] ?? "";
    if (place === "query" && value !== "") query.set(name, value);
  }
  return query.size === 0 ? filled : `${filled}?${query}`;
}
