-- The state of migrations: what was loaded, from where, in which run, and what became of every record read.

create table migrate.run (
  id            bigint generated always as identity primary key,
  name          text not null unique,            -- 20261121T233000Z-full
  kind          text not null,
  status        text not null,
  migration     text not null,                   -- `name` of migration.yaml
  source        text not null,
  options       jsonb not null default '{}',     -- sample, only, ...
  lock          jsonb not null default '{}',     -- the plan's lock it ran with
  started_at    timestamptz not null,
  finished_at   timestamptz
);

-- One per (source name, mapping): who a ledger row belongs to.
create table migrate.origin (
  id              integer generated always as identity primary key,
  external_source text not null,
  mapping         text not null,
  object          text not null,
  unique (external_source, mapping)
);

-- One row per record that is in the target. No copy of the key: the target row holds it (external_id).
-- version is the target row's xmin when we last knew it equal to hash.
create table migrate.ledger (
  origin_id  integer not null,
  target_id  bigint not null,
  hash       uuid,                              -- null: not known to be whole, e.g. references still deferred
  version    xid,
  run_id     bigint not null                     -- run that inserted or last changed the record
);
create index ledger_target on migrate.ledger (origin_id, target_id);

-- Source ids that the target row itself does not hold: matched by another field, merged, or tables without external_id.
create table migrate.id_map (
  external_source text not null,
  object          text not null,
  external_id     text not null collate "C",
  target_id       text not null collate "C",
  origin_id       integer,
  hash            uuid,
  version         xid,
  kind            text not null,                 -- row | match | merge
  run_id          bigint not null,
  primary key (external_source, object, external_id)
);
create index id_map_target on migrate.id_map (object, target_id);

-- How far a run is with each stage. The position is saved in the transaction that writes the rows it covers.
create table migrate.progress (
  run_id      bigint not null references migrate.run on delete cascade,
  origin_id   integer not null,
  phase       text not null,                     -- reading | holding | done
  chunk       integer not null default 0,
  position    jsonb,
  fingerprint text,
  counts      jsonb not null default '{}',
  primary key (run_id, origin_id)
);

-- The key of every record read, in exactly one bucket; an array per chunk and bucket.
create table migrate.outcome (
  run_id    bigint not null references migrate.run on delete cascade,
  origin_id integer not null,
  chunk     integer not null,
  bucket    text not null,
  count     integer not null,
  keys      text[] not null
);
create index outcome_run on migrate.outcome (run_id, origin_id, bucket);

create table migrate.reject (
  run_id    bigint not null references migrate.run on delete cascade,
  origin_id integer not null,
  line      bigint not null,
  key       text,
  code      text not null,
  field     text,
  value     text,
  reason    text not null,
  problems  jsonb not null default '[]',         -- further problems of the same record
  columns   text[] not null,
  cells     text[] not null                      -- the original row
);
create index reject_run on migrate.reject (run_id, origin_id);

create table migrate.warning (
  run_id    bigint not null references migrate.run on delete cascade,
  origin_id integer not null,
  line      bigint,
  key       text,
  code      text not null,
  field     text,
  value     text,
  reason    text not null
);
create index warning_run on migrate.warning (run_id, origin_id);

-- The target row as it was before a run changed it.
create table migrate.before_image (
  run_id    bigint not null references migrate.run on delete cascade,
  origin_id integer not null,
  object    text not null,
  target_id text not null,
  row       jsonb not null
);
create index before_image_run on migrate.before_image (run_id, object);

-- Lookups to be filled in after a later stage.
create table migrate.deferred (
  run_id    bigint not null references migrate.run on delete cascade,
  origin_id integer not null,
  target_id text not null,
  key       text not null,
  field     text not null,                       -- field, or association:<index>
  reference text not null,
  label     text,
  hash      uuid                                 -- goes back to the ledger once everything is resolved
);
create index deferred_run on migrate.deferred (run_id, origin_id, field);
