import type { Json } from "../common/json";
import { getPath } from "../k8s/path";

/** The expression after `image:` in an injection template. */
type Expression =
  | { readonly kind: "literal"; readonly image: string }
  /** The chart's value at this path, if it is a full reference; otherwise the next expression. */
  | { readonly kind: "value"; readonly path: string }
  /** A variable that istiod fills in, such as `ProxyImage`. */
  | { readonly kind: "variable"; readonly name: string }
  | { readonly kind: "unknown"; readonly text: string };

/** The images that a template gives to pods. */
export interface TemplateImages {
  readonly images: readonly string[];
  /** Expressions whose value cannot be derived from the mesh alone. */
  readonly unknown: readonly string[];
}

const IMAGE_LINE = /^\s*(?:-\s+)?image:\s*(.*\S)\s*$/;
/** Istio 1.30 has the quotes made by the template, other minors write them around it. */
const ANNOTATION =
  /^\{\{-?\s*annotation \.ObjectMeta `[^`]+` \.Values\.([\w.]+)\s*(?:\| quote\s*)?-?\}\}$/;
const VARIABLE = /^\{\{-?\s*\.(\w+)\s*-?\}\}$/;

function unquoted(text: string): string {
  const [, quoted] = /^(?:"(.*)"|'.*')$/.exec(text) ?? [];
  return quoted ?? text.replace(/^'(.*)'$/, "$1");
}

function expressionOf(text: string): Expression {
  const path = ANNOTATION.exec(text)?.[1];
  if (path !== undefined) {
    return { kind: "value", path };
  }
  const name = VARIABLE.exec(text)?.[1];
  if (name !== undefined) {
    return { kind: "variable", name };
  }
  return text.includes("{{") ? { kind: "unknown", text } : { kind: "literal", image: text };
}

function expressionsIn(template: string): Expression[] {
  return template.split("\n").flatMap((line) => {
    const text = IMAGE_LINE.exec(line)?.[1];
    return text === undefined ? [] : [expressionOf(unquoted(text))];
  });
}

/** istiod treats a value with a slash as a full reference. Source: the charts' templates. */
function wholeReference(values: Json, path: string): string | undefined {
  const value = getPath(values, path);
  return typeof value === "string" && value.includes("/") ? value : undefined;
}

/**
 * Returns the images that an injection template of Istio's charts gives to pods without
 * annotations of their own. The templates are Go templates for a single pod, so they are parsed
 * and not run: this function reads `image:` lines in the forms that Istio's own templates use, and
 * plain ones.
 *
 * @param values the chart's values as istiod has them
 * @param variables the values of istiod's own variables, by name
 * @example
 * templateImages("image: busybox:1.28", {}, {})
 * // { images: ["busybox:1.28"], unknown: [] }
 */
export function templateImages(
  template: string,
  values: Json,
  variables: Readonly<Record<string, string | undefined>>,
): TemplateImages {
  const images: string[] = [];
  const unknown: string[] = [];
  let decided = false;
  for (const expression of expressionsIn(template)) {
    if (expression.kind === "value") {
      const image = wholeReference(values, expression.path);
      decided = image !== undefined;
      images.push(...(image === undefined ? [] : [image]));
      continue;
    }
    // The other branch of each `annotation` line is a variable.
    if (!decided) {
      const { image, text } = valueIn(expression, variables);
      images.push(...(image === undefined ? [] : [image]));
      unknown.push(...(text === undefined ? [] : [text]));
    }
    decided = false;
  }
  return { images: [...new Set(images)], unknown: [...new Set(unknown)] };
}

function valueIn(
  expression: Exclude<Expression, { kind: "value" }>,
  variables: Readonly<Record<string, string | undefined>>,
): { readonly image?: string; readonly text?: string } {
  switch (expression.kind) {
    case "literal":
      return { image: expression.image };
    case "variable":
      return Object.hasOwn(variables, expression.name)
        ? { image: variables[expression.name] }
        : { text: `{{ .${expression.name} }}` };
    case "unknown":
      return { text: expression.text };
  }
}
