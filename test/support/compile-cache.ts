// Loaded before the tests: what was compiled once is not compiled again in each of their processes.

import module from 'node:module';
import { dirname } from 'node:path';

module.enableCompileCache();
const cache = module.getCompileCacheDir();
if (cache) process.env.NODE_COMPILE_CACHE ??= dirname(cache);
