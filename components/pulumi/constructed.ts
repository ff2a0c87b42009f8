/**
 * Resolves when the constructors of a component and its subclasses are done.
 *
 * Pulumi calls `initialize` inside the constructor of `ComponentResource`, before the component's own
 * fields are set. Every `initialize` that reads such a field must await this first.
 *
 * @example
 * protected override async initialize(): Promise<Outputs> {
 *   await constructed();
 *   return this.create(this.args);
 * }
 */
export async function constructed(): Promise<void> {}
