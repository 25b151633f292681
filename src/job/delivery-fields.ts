// The fields that say how a job is delivered; the same names at every door.

export const DELIVERY_FIELDS = [
  'id',
  'key',
  'queue',
  'limit',
  'priority',
  'delay',
  'at',
  'startBy',
  'timeout',
  'connectTimeout',
  'firstByteTimeout',
  'idleTimeout',
  'deadline',
  'retries',
  'retry',
  'delivery',
  'tags',
  'keep',
] as const;
