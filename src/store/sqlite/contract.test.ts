import { storeContract } from '../contract/contract.ts';
import { openCrashable } from '../contract/sqlite/crashable.ts';

storeContract('the SQLite store', openCrashable);
