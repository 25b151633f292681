// What a child of the bench can do, called by name from the parent over the IPC channel. The child
// ends with its parent: a channel that closes ends it, however the parent died.

/** Functions that a child offers; arguments and results must survive structured cloning. */
export type VerbsOf<V> = { readonly [Name in keyof V]: (argument: never) => unknown };

export interface Call {
  readonly call: number;
  readonly name: string;
  readonly argument: unknown;
}

export interface Reply {
  readonly call: number;
  readonly result?: unknown;
  readonly error?: string;
}

export function offer<V extends VerbsOf<V>>(verbs: V): void {
  process.on('disconnect', () => process.exit());
  process.on('message', ({ call, name, argument }: Call) => {
    const verb = verbs[name as keyof V];
    new Promise((resolve) => resolve(verb(argument as never))).then(
      (result) => reply({ call, result }),
      (error: unknown) => reply({ call, error: String(error) }),
    );
  });
}

function reply(message: Reply): void {
  process.send?.(message);
}
