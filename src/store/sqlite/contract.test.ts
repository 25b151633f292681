import { storeContract } from '../contract/contract.ts';
import { openCrashable } from './crashable.ts';

storeContract('the SQLite store', openCrashable);
