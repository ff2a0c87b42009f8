import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isScalar,
  type Node,
  visit,
} from "yaml";

/** Returns whether a document contains aliases to its own parts. */
export function hasAliases(document: Document): boolean {
  let found = false;
  visit(document, {
    Alias: () => {
      found = true;
      return visit.BREAK;
    },
  });
  return found;
}

/** Returns whether a key is `<<`, which the parser reads as a symbol. */
function isMergeKey(key: unknown): boolean {
  const value = isScalar(key) ? key.value : undefined;
  return value === "<<" || (typeof value === "symbol" && value.description === "<<");
}

function writeOutMerges(document: Document): void {
  visit(document, {
    Map: (_, map) => {
      const merges = map.items.filter((pair) => isMergeKey(pair.key));
      if (merges.length === 0) {
        return;
      }
      const own = map.items.filter((pair) => !merges.includes(pair));
      const data = map.toJS(document) as Record<string, unknown>;
      const known = own.map(({ key }) => String(isScalar(key) ? key.value : key));
      const merged = Object.entries(data).filter(([key]) => !known.includes(key));
      map.items = [...own, ...merged.map(([key, value]) => document.createPair(key, value))];
    },
  });
}

/** The comments already stand at the anchor and are not repeated. */
function withoutComments<T extends Node>(node: T): T {
  visit(node, {
    Node: (_, inner) => {
      delete inner.comment;
      delete inner.commentBefore;
    },
  });
  return node;
}

/**
 * Replaces every alias by a copy of its anchor, so that fields can move: an alias must stand below
 * its anchor. `toJS` must have succeeded on the document before, because that limits the size of
 * the result.
 */
export function writeOutAliases(document: Document): void {
  writeOutMerges(document);
  visit(document, {
    Alias: (_, alias) => {
      const target = alias.resolve(document);
      return isNode(target) ? withoutComments(target.clone() as typeof target) : undefined;
    },
  });
  visit(document, {
    Node: (_, node) => {
      if (!isAlias(node) && (isScalar(node) || isCollection(node) || isMap(node))) {
        delete node.anchor;
      }
    },
  });
}
