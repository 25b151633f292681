// The connections of one listener and what each was last asked. When they run out, the one that has
// rested longest makes room, so that strangers who hold connections and ask for nothing shut nobody
// out. A request moves its connection to the end of the line; whoever is first in it and has
// nothing under way has rested longest.

import type { Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { limits } from '../limits.ts';
import { fitOpenFiles } from '../open-files.ts';
import type { Log } from './context.ts';

export interface Connections {
  /** A request has come on this connection. */
  asked(connection: Duplex, answer: ServerResponse): void;
  /** The answer to the last whole head that came on this connection. */
  latest(connection: Duplex): ServerResponse | undefined;
}

export function watchConnections(server: Server, log: Log): Connections {
  const most = fitOpenFiles(limits.connections);
  const answers = new Map<Duplex, ServerResponse | undefined>();
  let isCrowded = false;
  // One that is closed counts for another turn of the loop, in which many newcomers may come at
  // once.
  server.maxConnections = 2 * most;
  server.on('connection', (connection) => {
    answers.set(connection, undefined);
    connection.once('close', () => {
      answers.delete(connection);
      if (answers.size < most / 2) isCrowded = false;
    });
    if (answers.size < most) return;
    if (!isCrowded)
      log('warn', 'Connections run out: those that rest longest are closed', { most });
    isCrowded = true;
    (longestAtRest(answers) ?? connection).destroy();
  });
  return {
    asked(connection, answer) {
      answers.delete(connection);
      answers.set(connection, answer);
    },
    latest: (connection) => answers.get(connection),
  };
}

function longestAtRest(
  answers: ReadonlyMap<Duplex, ServerResponse | undefined>,
): Duplex | undefined {
  for (const [connection, answer] of answers) {
    const isResting = answer === undefined || answer.writableFinished;
    if (isResting && !connection.destroyed) return connection;
  }
  return undefined;
}
