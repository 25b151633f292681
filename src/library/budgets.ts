// Queues and limits in this process: the engine's verbs, with what callers say checked first.

import type { BudgetVerbs, LimitVerbs, QueueVerbs } from '../budget.ts';
import type { Engine, SettingKind } from '../engine/engine.ts';
import { SendoffError } from '../errors.ts';
import { checkBudgetChange } from '../job/budget-change.ts';
import { checkName } from '../job/text.ts';

/** @param engine throws SendoffError `closed` once this home is */
export function queueVerbs(engine: () => Engine): QueueVerbs {
  return {
    list: async (options = {}) => engine().queues(options),
    ...verbs('queue', { engine, look: (name) => engine().queue(name) }),
  };
}

/** @param engine throws SendoffError `closed` once this home is */
export function limitVerbs(engine: () => Engine): LimitVerbs {
  return {
    list: async (options = {}) => engine().limits(options),
    ...verbs('limit', { engine, look: (name) => engine().limit(name) }),
  };
}

interface Home<View> {
  readonly engine: () => Engine;
  readonly look: (name: string) => Promise<View | undefined> | View | undefined;
}

function verbs<View>(
  kind: SettingKind,
  { engine, look }: Home<View>,
): Omit<BudgetVerbs<View, never, unknown>, 'list'> {
  const found = async (name: string): Promise<View> => {
    const view = await look(name);
    if (view !== undefined) return view;
    throw new SendoffError('not_found', `There is no ${kind} \`${name}\``);
  };
  return {
    async get(name) {
      return look(checkName(name, kind));
    },
    async set(name, change) {
      const checked = checkBudgetChange(change, kind);
      await engine().changeBudget(kind, checkName(name, kind), checked);
      return found(name);
    },
    async pause(name) {
      await engine().pause(kind, checkName(name, kind));
      return found(name);
    },
    async resume(name) {
      await engine().resume(kind, checkName(name, kind));
      return found(name);
    },
    async forget(name) {
      await engine().forgetBudget(kind, checkName(name, kind));
    },
  };
}
