const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** HTML that was made by {@link html}, and may stand in a page as it is. */
export class Html {
  constructor(readonly text: string) {}
}

type Part = Html | string | number | undefined | readonly Part[];

function textOf(part: Part): string {
  if (part === undefined) {
    return "";
  }
  if (part instanceof Html) {
    return part.text;
  }
  return Array.isArray(part)
    ? part.map(textOf).join("")
    : String(part).replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);
}

/**
 * Makes HTML. What is put in is escaped, unless it was made in this way itself.
 *
 * @example html`<b>${"a < b"}</b>`.text // "<b>a &lt; b</b>"
 */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(String.raw({ raw: strings }, ...parts.map(textOf)));
}

/** Returns data as the content of a script element that no browser runs. */
export function embeddedJson(value: unknown): Html {
  return new Html(JSON.stringify(value).replaceAll("<", "\\u003c"));
}

/** @example percent(12.3456) // "12.35%" */
export function percent(place: number): string {
  return `${Number(place.toFixed(2))}%`;
}
