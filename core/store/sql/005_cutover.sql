-- The staged cutover: what was tried, what its gates said, and who signed.

create table migrate.cutover_attempt (
  id          bigint generated always as identity primary key,
  migration   text not null,
  stage       text not null,
  status      text not null,                     -- running | passed | failed | stopped
  run         text,                              -- name of the run; null: none was begun
  freeze_at   timestamptz,                       -- when the source was frozen, by its own clock; null: no freeze
  started_at  timestamptz not null,
  finished_at timestamptz,
  gates       jsonb not null default '[]'
);
create index cutover_attempt_migration on migrate.cutover_attempt (migration, id);

create table migrate.cutover_sign_off (
  id         bigint generated always as identity primary key,
  migration  text not null,
  stage      text not null,
  attempt_id bigint not null references migrate.cutover_attempt,
  signer     text not null,
  remark     text,
  signed_at  timestamptz not null,
  files      jsonb not null                      -- path -> SHA-256 of what was signed
);
create index cutover_sign_off_migration on migrate.cutover_sign_off (migration, id);
