-- What deltas need: how far each object was read, what waits, what is gone, and what runs wrote besides rows.

-- Taken before a stage reads; `done` once everything of the stage is in the target. A delta begins at the newest one of earlier runs.
create table migrate.watermark (
  run_id    bigint not null references migrate.run on delete cascade,
  origin_id integer not null,
  source    text not null,                       -- source object
  watermark jsonb,                               -- as the connector gave it; null: the object has no timestamps
  scope     text not null,                       -- what part of it: another one is read whole
  whole     boolean not null,                    -- the run reads all of it
  done      boolean not null default false,
  primary key (origin_id, source, run_id)
);

-- Loaded records that the source no longer holds, and what became of their rows.
create table migrate.gone (
  origin_id   integer not null,
  key         text not null collate "C",
  target_id   text not null collate "C",
  how         text not null,                     -- deleted | archived | merged | unknown
  merged_into text,                              -- key of the winner
  winner_id   text,                              -- its row
  gone_at     timestamptz,                       -- by the source's clock
  gone_by     text,
  policy      text not null,                     -- keep | mark | delete
  done        text,                              -- kept | marked | deleted; null: not yet
  reason      text,                              -- why it was kept although the policy said otherwise
  run_id      bigint not null,                   -- the run that found it
  primary key (origin_id, key)
);

-- References that led nowhere when their record was last met: it follows once they lead somewhere.
create table migrate.waiting (
  origin_id integer not null,
  key       text not null collate "C",
  field     text not null,                       -- target field, or `association to <object>`
  reference text not null,
  run_id    bigint not null
);
create index waiting_origin on migrate.waiting (origin_id, field);

-- Of records with fields that change without their timestamp: a hash of those as they were last read.
create table migrate.narrow (
  origin_id integer not null,
  key       text not null collate "C",
  hash      uuid not null,
  run_id    bigint not null,
  primary key (origin_id, key)
);

-- Rows of `association` that stand for the links of a mapping's records: those alone go away with their link.
create table migrate.link (
  origin_id   integer not null,
  record_id   bigint not null,                   -- row of the record that names the link
  from_object text not null,
  from_id     bigint not null,
  to_object   text not null,
  to_id       bigint not null,
  label       text not null,                     -- '' for none
  run_id      bigint not null
);
create index link_record on migrate.link (origin_id, record_id);
create index link_ends on migrate.link (from_id, to_id);

create trigger gone_changed after update on migrate.gone
  referencing old table as old_rows for each statement execute function migrate.note_undo();
create trigger gone_deleted after delete on migrate.gone
  referencing old table as old_rows for each statement execute function migrate.note_undo();
create trigger waiting_deleted after delete on migrate.waiting
  referencing old table as old_rows for each statement execute function migrate.note_undo();
create trigger narrow_changed after update on migrate.narrow
  referencing old table as old_rows for each statement execute function migrate.note_undo();
create trigger link_changed after update on migrate.link
  referencing old table as old_rows for each statement execute function migrate.note_undo();
create trigger link_deleted after delete on migrate.link
  referencing old table as old_rows for each statement execute function migrate.note_undo();
