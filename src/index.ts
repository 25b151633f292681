// The library door: everything public, nothing else.

export { all, type DirectOptions } from './all/all.ts';
export { type AsyncParams, asyncRequest } from './async-request.ts';
export type {
  BudgetListOptions,
  BudgetVerbs,
  DisagreementView,
  LimitPage,
  LimitVerbs,
  LimitView,
  OriginPage,
  OriginView,
  QueuePage,
  QueueVerbs,
  QueueView,
  Why,
} from './budget.ts';
export type { EngineOptions, Log } from './engine/node.ts';
export { type ErrorCode, type ErrorDetails, SendoffError } from './errors.ts';
export type {
  AllOptions,
  DirectResult,
  DirectResults,
  GroupFailure,
  GroupKey,
  GroupPending,
  GroupReason,
  GroupRequest,
  GroupRequests,
  GroupResult,
  GroupResults,
  GroupRun,
  GroupSuccess,
} from './group.ts';
export type {
  BudgetChange,
  LimitValues,
  OnFailure,
  Order,
  QueueValues,
} from './job/budget-values.ts';
export type { FailReason, HeaderLines, JobClock, Result, State, WaitReason } from './job/job.ts';
export type { NamedCommand } from './job/named-command.ts';
export type { PublishableRoute, RouteAnswer } from './job/publishable-route.ts';
export type {
  BulkFilter,
  BulkPreview,
  BulkRequest,
  BulkVerbs,
  BulkView,
  CauseOptions,
  CausePage,
  CauseView,
  ResendEdits,
} from './mending.ts';
export { type OpenOptions, open, type RunningServer, type ServeOptions, serve } from './open.ts';
export type { OwnOptions } from './own.ts';
export type {
  AttemptErrorName,
  AttemptView,
  BackoffOptions,
  BulkLine,
  BulkOptions,
  CancelResult,
  Command,
  DeliveryOptions,
  Duration,
  EventType,
  JobEvent,
  JobPage,
  JobView,
  ListOptions,
  OutputPiece,
  Receipt,
  ResponseView,
  RetryOptions,
  RetryRuleOptions,
  RunOptions,
  SendInit,
  SendInput,
  Sendoff,
  Sent,
  TargetView,
  Tossed,
  TossInit,
  UnnamedCommand,
} from './sendoff.ts';
