/**
 * Sentences for the parser's error codes. Its own messages quote the source line, which may hold a secret; ours do not.
 */
const messages: Readonly<Record<string, readonly [what: string, hint: string]>> = {
  BAD_ALIAS: ['is not YAML: an alias has no anchor', 'define the anchor in the same document, or write the value out'],
  BAD_DIRECTIVE: ['is not YAML: a % directive is not supported', 'remove the line that starts with %'],
  BAD_DQ_ESCAPE: [
    'is not YAML: an escape in a double-quoted string is unknown',
    'double the backslash, or use single quotes',
  ],
  BAD_INDENT: [
    'is not YAML: the indentation does not fit',
    'indent with two spaces per level; list items and map keys start in the same column',
  ],
  BAD_SCALAR_START: ['is not YAML: a value starts with a reserved character', 'put the value in quotes'],
  BLOCK_AS_IMPLICIT_KEY: [
    'is not YAML: a map starts where a key is expected',
    'put the nested map on its own line, indented',
  ],
  BLOCK_IN_FLOW: ['is not YAML: a block collection is inside brackets', 'use brackets throughout, or not at all'],
  DUPLICATE_KEY: ['has the same key twice', 'keep one of the two'],
  MISSING_CHAR: [
    'is not YAML: a closing quote, bracket, comma or colon is missing',
    'close what was opened on this line or above',
  ],
  MULTILINE_IMPLICIT_KEY: ['is not YAML: a key spans several lines', 'check for a missing colon or quote'],
  MULTIPLE_ANCHORS: ['is not YAML: a value has two anchors', 'keep one'],
  TAB_AS_INDENT: ['is not YAML: a tab is used for indentation', 'indent with spaces'],
  TAG_RESOLVE_FAILED: ['uses a tag (!…)', 'remove the tag: plain YAML values are enough'],
  UNEXPECTED_TOKEN: ['is not YAML: there is unexpected text', 'check quotes, colons and indentation on this line'],
};

/** What to report about a parser error. Total over codes of later versions of the parser. */
export function yamlMessage(code: string): readonly [what: string, hint: string] {
  return messages[code] ?? ['is not YAML', 'check quotes, colons and indentation on this line'];
}
