/**
 * Returns the resource option of what is to be protected. Otherwise the option `protect` of the
 * component decides, which `protect: false` would undo.
 *
 * @example { parent: this, ...protectedIf(gateway.protect ?? true) }
 */
export function protectedIf(isWanted: boolean): { readonly protect?: true } {
  return isWanted ? { protect: true } : {};
}
