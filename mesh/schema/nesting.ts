import { CST, Lexer } from "yaml";

/** The state of the reader: what is open at this point of the text. */
interface Position {
  column: number;
  /** Columns of the open block collections. */
  readonly indents: number[];
  /** Open brackets and braces. */
  flow: number;
}

function closeBlocks(position: Position): void {
  while ((position.indents.at(-1) ?? -1) > position.column) {
    position.indents.pop();
  }
}

function openBlock(position: Position): void {
  closeBlocks(position);
  if (position.indents.at(-1) !== position.column) {
    position.indents.push(position.column);
  }
}

const WITHOUT_CONTENT: readonly (CST.TokenType | null)[] = ["space", "newline", "comment"];

function read(position: Position, token: string): void {
  const type = CST.tokenType(token);
  if (type === "flow-seq-start" || type === "flow-map-start") {
    position.flow++;
  } else if (type === "flow-seq-end" || type === "flow-map-end") {
    position.flow = Math.max(0, position.flow - 1);
  } else if (position.flow === 0 && !WITHOUT_CONTENT.includes(type)) {
    openBlock(position);
  }
}

function advance(position: Position, token: string): void {
  const newline = token.lastIndexOf("\n");
  position.column = newline === -1 ? position.column + token.length : token.length - newline - 1;
}

/** Marks that the lexer puts between tokens. They represent no text. */
const MARKS = [CST.DOCUMENT, CST.FLOW_END, CST.SCALAR];

/**
 * Returns whether a YAML text nests deeper than a limit. The parser is recursive and would crash
 * the process, so this must be checked first. This function reads one token at a time.
 *
 * @param limit the number of levels of lists and maps; values beside their key count once
 */
export function nestsDeeper(text: string, limit: number): boolean {
  const position: Position = { column: 0, indents: [], flow: 0 };
  for (const token of new Lexer().lex(text)) {
    if (MARKS.includes(token)) {
      continue;
    }
    read(position, token);
    if (position.indents.length + position.flow > limit) {
      return true;
    }
    advance(position, token);
  }
  return false;
}
